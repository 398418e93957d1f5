/* Small aids on every page; each page works without them. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // The theme's side bar and filter buttons answer to a mouse only: let the keyboard reach them.
  for (const element of document.querySelectorAll("a[x-on\\:click]:not([href]), span[x-on\\:click]")) {
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "0");
    if (element.classList.contains("material-symbols-outlined")) {
      element.setAttribute("aria-label", "Toggle the menu");
    }
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        element.click();
      }
    });
  }

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
