/* Small aids on every page; each page works without them. */
"use strict";

// The server shows times in the zone that this names (budgetsite/time_zone.py); the login page sets it for the first page.
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`budgets_zone=${zone}`)) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `budgets_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  }
}

/* On paper the table stands for the picture: open what is closed, and close it again after. */
const printTables = () => {
  const opened = new Set();
  addEventListener("beforeprint", () => {
    for (const table of document.querySelectorAll("details[data-print]:not([open])")) {
      table.open = true;
      opened.add(table);
    }
  });
  addEventListener("afterprint", () => {
    opened.forEach((table) => { table.open = false; });
    opened.clear();
  });
};

document.addEventListener("DOMContentLoaded", () => {
  printTables();
  // The theme's side bar, menus and filter buttons answer to a mouse only: let the keyboard reach them.
  const mouseOnly = "a[x-on\\:click]:not([href]), span[x-on\\:click], div[x-on\\:click].cursor-pointer";
  for (const element of document.querySelectorAll(mouseOnly)) {
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "0");
    if (element.classList.contains("material-symbols-outlined")) {
      element.setAttribute("aria-label", "Toggle the menu");
    } else if (element.getAttribute("x-on:click").includes("openUserLinks")) {
      // Named by the login, without the avatar's letter and the icon.
      for (const child of element.children) {
        if (!child.querySelector(".truncate")) {
          child.setAttribute("aria-hidden", "true");
        }
      }
      element.insertAdjacentHTML("beforeend", '<span class="bs-hidden">account menu</span>');
    } else if (element.getAttribute("x-on:click").includes("openRelatedWidgetWrapper")) {
      element.setAttribute("aria-label", "More for this field");
    }
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        element.click();
      }
    });
  }

  // Django's own, made once the page is loaded, has a name and no role that may have one.
  addEventListener("load", () => setTimeout(() => {
    for (const icon of document.querySelectorAll("span.help-tooltip[aria-label]")) {
      icon.setAttribute("role", "img");
    }
  }));

  // Headings of a row's cells on a phone read as the columns' do on a wide screen.
  for (const cell of document.querySelectorAll("[data-label]")) {
    cell.dataset.label = cell.dataset.label.charAt(0).toUpperCase() + cell.dataset.label.slice(1);
  }

  for (const dates of document.querySelectorAll("details.bs-custom")) {
    dates.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && dates.open) {
        dates.open = false;
        dates.querySelector("summary").focus();
      }
    });
  }

  // What was typed into a list and not saved is not lost by a click elsewhere.
  const list = document.querySelector("#changelist-form:has([data-bs-limit])");
  if (list) {
    let isTyped = false;
    list.addEventListener("input", (event) => { isTyped ||= event.target.matches("[data-bs-limit]"); });
    list.addEventListener("submit", () => { isTyped = false; });
    addEventListener("beforeunload", (event) => {
      if (isTyped) {
        event.preventDefault();
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
