import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import { Named } from "./names-of.ts";
import type { Closer, OpenElement, Renderer } from "./renderer.ts";
import type { OpenCell } from "./writer.ts";

const CODE_TABLE = /(?:^|[\s-])(?:highlighttable|rouge-table|lntable|hljs-ln|highlight)(?:\s|$)/;
const STYLE = /text-align\s*:\s*(left|center|right|start|end)/i;
/** Classes of Bootstrap, Tailwind, Asciidoctor and WordPress; those for the left are the default. */
const CLASS = /(?:^|\s)(?:text-|halign-|has-text-align-)(center|right|end)(?:\s|$)/;

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

/** Starts a part of a table, or describes its columns. */
export function openSection(page: Renderer, kind: ElementKind, attributes: Attributes): Closer {
  const { table } = page.writer;
  if (kind.name === "col") {
    table?.addColumns(wholeNumber(attributes.get("span")), alignOf(attributes));
    return undefined;
  }
  if (kind.name === "colgroup") return undefined;
  page.writer.flush();
  return table?.openSection(kind.name === "thead", alignOf(attributes));
}

/** Starts a row. */
export function openRow(page: Renderer, attributes: Attributes): Closer {
  page.writer.flush();
  page.writer.table?.openRow(alignOf(attributes));
  return undefined;
}

/** Starts a cell. */
export function openCell(page: Renderer, kind: ElementKind, attributes: Attributes): OpenElement {
  const isBare = attributes.isEmpty;
  const cell = page.writer.beginCell(
    kind.name === "th",
    isBare ? 1 : Math.max(1, wholeNumber(attributes.get("colspan"))),
    isBare ? 1 : Math.max(1, wholeNumber(attributes.get("rowspan"))),
    alignOf(attributes),
  );
  return new NamedCell(page, cell);
}

class NamedCell extends Named implements OpenElement {
  readonly #cell: OpenCell | undefined;

  constructor(page: Renderer, cell: OpenCell | undefined) {
    super(page);
    this.#cell = cell;
  }

  close(): void {
    const name = this.endName("");
    if (name !== "") this.inline.text(name);
    this.page.writer.endCell(this.#cell);
  }
}

/** The alignment that an element states: `left`, `center`, `right`, or the empty string. */
function alignOf(attributes: Attributes): string {
  if (attributes.isEmpty) return "";
  const style = STYLE.exec(attributes.get("style")?.slice(0, 500) ?? "")?.[1];
  const named = (style ?? attributes.get("align") ?? "").trim().toLowerCase();
  const align = named || CLASS.exec(attributes.get("class")?.slice(0, 500) ?? "")?.[1] || "";
  if (align === "end") return "right";
  return align === "start" ? "left" : align;
}
