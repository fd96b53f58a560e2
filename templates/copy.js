// Buttons that copy an address. Without scripts they stay hidden: the address
// stands beside them.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const seen = button.firstChild, word = seen.data; // what follows it is for screen readers
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copied(button.dataset.copy, button.parentElement.querySelector("code"));
    const said = document.getElementById("copied");
    seen.data = said.textContent = done ? said.dataset.copied : said.dataset.select;
    setTimeout(() => { seen.data = word; }, 2000);
  });
}

// copied puts a text on the clipboard. Where the browser has no clipboard for
// pages, as on plain HTTP, it is selected, and copied in the old way.
async function copied(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(shown);
    return document.execCommand("copy");
  }
}
