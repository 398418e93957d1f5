/* Small aids on every page; each page works without them. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // The list's save button appears far from the box one types in, so Enter saves too.
  for (const box of document.querySelectorAll("[data-bs-limit]")) {
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        const save = document.querySelector('[name="_save"]');
        if (save) {
          save.click();
        }
      }
    });
  }
});
