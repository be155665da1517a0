// The ledger's table: sort it by its headings, filter it by words. Without this script it is a plain table.
(() => {
  const number = /\d+(?:\.\d+)*(?:e-?\d+)?/g;

  // "(10.2)" sorts by chapter, then equation; evidence by its worst residual; anything else as text.
  const keys = {
    Number: (text) => (text.match(number)?.[0] ?? "").split(".").map(Number),
    Evidence: (text) => [Math.max(-1, ...(text.match(number) ?? []).map(Number))],
  };

  const compare = (a, b) => {
    if (!Array.isArray(a)) return a.localeCompare(b, "en");
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const difference = (a[i] ?? -1) - (b[i] ?? -1);
      if (difference) return difference;
    }
    return 0;
  };

  const enhance = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const headings = [...table.tHead.rows[0].cells];

    headings.forEach((heading, column) => {
      const name = heading.textContent.trim();
      const key = keys[name] ?? ((text) => text.trim().toLowerCase());
      const button = document.createElement("button");
      button.type = "button";
      button.className = "eq-sort";
      button.textContent = name;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const direction = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
        const keyed = rows.map((row, index) => [key(row.cells[column].textContent), index, row]);
        keyed.sort((a, b) => direction * compare(a[0], b[0]) || a[1] - b[1]);
        body.append(...keyed.map((entry) => entry[2]));
      });
    });

    const bar = document.createElement("p");
    bar.className = "eq-filter";
    const label = document.createElement("label");
    label.textContent = "Filter ";
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "words, such as: d-o JAX";
    label.append(input);
    const count = document.createElement("span");
    count.setAttribute("role", "status");
    bar.append(label, " ", count);

    const filter = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = `${shown} of ${rows.length} equations`;
    };
    input.addEventListener("input", filter);
    filter();

    // A badge's link must find its row, whatever the filter hides.
    addEventListener("hashchange", () => {
      const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (row?.hidden) {
        input.value = "";
        filter();
        row.scrollIntoView();
      }
    });
    // The theme may have wrapped the table in a frame that scrolls sideways; the filter stays outside it.
    (table.closest(".eq-view-ledger") ?? table.parentElement).prepend(bar);
  };

  document.querySelectorAll("table.eq-ledger-table").forEach(enhance);
})();
