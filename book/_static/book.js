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
