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
