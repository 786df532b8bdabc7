// Lets the reader sort tables marked data-sortable by the columns marked data-sort="text" or "number".
"use strict";
(() => {
  const cellOf = (row, place) => row.cells[place];

  const numberOf = (cell) => {
    const value = Number.parseFloat(cell.dataset.value);
    return Number.isNaN(value) ? null : value;
  };

  // What is not known comes last, whichever way the column is sorted.
  const byNumber = (place, sign) => (one, other) => {
    const [left, right] = [numberOf(cellOf(one, place)), numberOf(cellOf(other, place))];
    if (left === null || right === null) return (left === null) - (right === null);
    return sign * (left - right);
  };

  const byText = (place, sign) => {
    const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
    return (one, other) => sign * order.compare(cellOf(one, place).textContent, cellOf(other, place).textContent);
  };

  const sort = (table, heading) => {
    const isText = heading.dataset.sort === "text";
    const first = isText ? "ascending" : "descending";
    const second = isText ? "descending" : "ascending";
    const direction = heading.getAttribute("aria-sort") === first ? second : first;
    const sign = direction === "ascending" ? 1 : -1;
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort((isText ? byText : byNumber)(heading.cellIndex, sign)));
    for (const other of table.tHead.rows[0].cells) {
      other.removeAttribute("aria-sort");
      other.querySelector("button")?.classList.remove("asc", "desc");
    }
    heading.setAttribute("aria-sort", direction);
    heading.querySelector("button").classList.add(direction === "ascending" ? "asc" : "desc");
  };

  const offer = (table) => {
    for (const heading of table.querySelectorAll("th[data-sort]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "table-sort";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading));
      heading.append(button);
    }
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("table[data-sortable]").forEach(offer));
})();
