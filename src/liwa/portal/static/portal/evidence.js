// Opens and shows the part of the page that an address names (what a reason rests on); the style sheet marks it.
"use strict";
(() => {
  const show = () => {
    const part = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!part) return;
    for (let box = part; box; box = box.parentElement) {
      if (box.localName === "details") box.open = true;
    }
    if (!part.matches(".liwa-shows")) return;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    part.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    part.setAttribute("tabindex", "-1");
    part.focus({ preventScroll: true });
  };

  window.addEventListener("load", show);
  window.addEventListener("hashchange", show);
  // The same link a second time changes no address.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.liwa-shown-by");
    if (link && link.href === location.href) show();
  });
})();
