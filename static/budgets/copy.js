/* Copy buttons, and a page that cannot be reloaded into showing a secret again. */
"use strict";

(function () {
  const forget = document.querySelector("[data-forget-url]");
  if (forget) {
    // The secret came as the answer to a POST: a reload must ask for the key's page, not post again.
    window.history.replaceState(null, "", forget.dataset.forgetUrl);
  }

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      // Without https the clipboard is closed to scripts: select the text, so that one keystroke copies it.
      window.getSelection().selectAllChildren(source);
      button.textContent = "Selected: press Ctrl+C";
    }
    window.setTimeout(() => { button.textContent = said; }, 2500);
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy(button));
  }
})();
