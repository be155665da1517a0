// Only what scrolls is a stop of the Tab key: without this script every equation is one.
(() => {
  const update = () => {
    for (const body of document.querySelectorAll(".equation-body")) {
      if (body.scrollWidth > body.clientWidth) body.tabIndex = 0;
      else body.removeAttribute("tabindex");
    }
  };
  document.fonts.ready.then(update);
  addEventListener("resize", update);
})();

// The theme's folds in the sidebar say nothing to a screen reader: they take the name of the page beside them.
for (const fold of document.querySelectorAll("summary:has(> .toctree-toggle)")) {
  const page = fold.closest("li")?.querySelector("a");
  if (page) fold.setAttribute("aria-label", `Pages of ${page.textContent.trim()}`);
}

// The search page's files are fetched when a reader turns to the search, not with every page.
document.querySelector("#pst-search-dialog input")?.addEventListener(
  "focus",
  () => {
    for (const file of ["searchindex.js", "_static/searchtools.js", "_static/language_data.js"]) {
      const link = document.createElement("link");
      link.rel = "prefetch";
      link.href = document.documentElement.dataset.content_root + file;
      document.head.append(link);
    }
  },
  { once: true },
);

// The theme's button at the foot of the window shows while a reader scrolls up.
(() => {
  const button = document.getElementById("pst-back-to-top");
  let before = 0;
  addEventListener("scroll", () => {
    button.style.display = 0 < scrollY && scrollY < before ? "block" : "none";
    before = scrollY;
  });
  button.addEventListener("click", () => scrollTo(0, 0));
})();

// Sphinx takes the Escape key for itself, and with it the browser's way of closing the menu of the theme's button.
addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector(":popover-open")?.hidePopover();
});
