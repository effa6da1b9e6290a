import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import type { Closer } from "./open-elements.ts";
import type { Renderer } from "./renderer.ts";

const CODE_TABLE = /(?:^|[\s-])(?:highlighttable|rouge-table|lntable|hljs-ln|highlight)(?:\s|$)/;

/** The whole number in an attribute; 1 if there is none. */
export function wholeNumber(value: string | undefined): number {
  if (value === undefined || !/^\s*\d{1,9}\s*$/.test(value)) return 1;
  return Number(value);
}

/** Starts a table, for data or for layout. */
export function openTable(page: Renderer, attributes: Attributes): Closer {
  const role = attributes.get("role");
  const isLayout =
    role === "presentation" ||
    role === "none" ||
    CODE_TABLE.test(attributes.get("class")?.slice(0, 500) ?? "");
  return page.writer.openTable(isLayout);
}

/** Starts a section of a table; only a head has an effect. */
export function openTableSection(page: Renderer, isHead: boolean): Closer {
  const { table } = page.writer;
  if (table === undefined || !isHead) return undefined;
  table.isInHead = true;
  return () => {
    table.isInHead = false;
  };
}

/** Starts a cell. */
export function openCell(page: Renderer, kind: ElementKind, attributes: Attributes): Closer {
  const columns = Math.max(1, wholeNumber(attributes.get("colspan")));
  const rows = Math.max(1, wholeNumber(attributes.get("rowspan")));
  const style = attributes.get("style")?.slice(0, 500) ?? "";
  const align =
    /text-align\s*:\s*(left|center|right)/.exec(style)?.[1] ?? attributes.get("align") ?? "";
  return page.writer.openCell(kind.name === "th", columns, rows, align);
}
