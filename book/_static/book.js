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
