// Light or dark, before anything is painted: the reader's choice, else what the system prefers.
"use strict";
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("liwa-theme");
    } catch {
      return null; // storage may be forbidden; then the system decides
    }
  };
  const apply = () => {
    const theme = chosen() || (system.matches ? "dark" : "light");
    document.documentElement.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("liwa:theme"));
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-liwa-theme]")) return;
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("liwa-theme", next);
      apply();
    } catch {
      document.documentElement.dataset.bsTheme = next;
      document.dispatchEvent(new CustomEvent("liwa:theme"));
    }
  });
})();
