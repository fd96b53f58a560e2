// Passkeys, and the time zone of the browser. Without scripts the forms for
// passkeys stay hidden, and the zone is typed.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue; // it knows none, or not in this form
  form.hidden = false;
  form.addEventListener("submit", async event => {
    event.preventDefault();
    const said = form.querySelector("[role=status]");
    said.textContent = "";
    try {
      form.elements.answer.value = JSON.stringify(await answer(form));
    } catch (error) { // given up, or it has none for this site
      said.textContent = error.name === "InvalidStateError" ? form.dataset.had : form.dataset.givenUp;
      return;
    }
    form.submit();
  });
}

// answer has the browser answer what a form asks of it.
async function answer(form) {
  const asked = JSON.parse(form.dataset.passkey);
  if (form.hasAttribute("data-new")) {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
}

// The zone is filled in where none is named; it counts when the form is sent.
for (const field of document.querySelectorAll("input[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !field.value) field.value = zone;
}
