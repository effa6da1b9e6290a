/** Adds what plug-ins read and linkedom lacks: `rows`, `cells` (HTML §4.9.1, §4.9.8), `checked`. */
export function addElementAccess(root: Element): void {
  for (const table of root.querySelectorAll("table")) define(table, "rows", rowsOf);
  for (const row of root.querySelectorAll("tr")) {
    define(row, "cells", (own) => childrenOf(own, /^t[dh]$/));
  }
  for (const input of root.querySelectorAll("input")) {
    define(input, "checked", (own) => own.hasAttribute("checked"));
  }
}

function define(element: Element, name: string, get: (own: Element) => unknown): void {
  Object.defineProperty(element, name, { get: () => get(element), configurable: true });
}

/** The rows of a table: those of heads first, those of feet last, whatever their order. */
function rowsOf(table: Element): readonly Element[] {
  const sections = childrenOf(table, /^(?:thead|tbody|tfoot|tr)$/);
  const order = ["thead", "", "tfoot"];
  return order.flatMap((part) =>
    sections
      .filter(({ localName }) => (order.includes(localName) ? localName : "") === part)
      .flatMap((section) => (section.localName === "tr" ? [section] : childrenOf(section, /^tr$/))),
  );
}

function childrenOf(element: Element, names: RegExp): Element[] {
  return [...element.children].filter(({ localName }) => names.test(localName));
}
