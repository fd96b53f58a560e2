// Whether somebody writes, chooses, or has opened what cannot be undone.
const busy = () => document.activeElement?.matches("input, textarea, select") || document.querySelector(".buttons details[open]") ||
  [...document.querySelectorAll("input, textarea")].some(field => field.value !== field.defaultValue);

// What gets on while one looks. Without scripts the page is loaded again.
for (const live of document.querySelectorAll("[data-live]")) {
  const from = new EventSource(live.dataset.live);
  from.addEventListener("edition", event => {
    const one = JSON.parse(event.data);
    const row = live.querySelector(`[data-edition="${CSS.escape(one.id)}"]`);
    if (!row) return;
    row.querySelector("[data-said]").textContent = one.said;
    const bar = row.querySelector("progress");
    if (bar) { bar.max = one.of; bar.value = one.done; }
  });
  from.addEventListener("other", () => { // others are on their way than the page shows
    if (busy()) return; // told again soon
    from.close();
    location.replace(location.pathname + location.search); // not reload, which would send a form once more
  });
}

// What a form means is said while one types. Without scripts a button asks for it.
for (const form of document.querySelectorAll("form[data-says]")) {
  let waits, asked = 0;
  const say = async () => {
    const now = ++asked, body = new URLSearchParams(new FormData(form));
    body.set("act", "say");
    try {
      const page = new DOMParser().parseFromString(await (await fetch(form.action, {method: "POST", body})).text(), "text/html");
      const said = page.getElementById(form.dataset.says);
      if (!said || now !== asked) return; // signed out, or there is more to say already
      for (const old of form.querySelectorAll(".error")) old.remove();
      document.getElementById(form.dataset.says).replaceChildren(...page.querySelectorAll("form[data-says] .error"), ...said.childNodes);
    } catch { } // nobody answers: what was said last stands, and the button tells why
  };
  form.addEventListener("input", () => { clearTimeout(waits); waits = setTimeout(say, 300); });
}
