import type { Attributes } from "./attributes.ts";
import type { ElementKind } from "./elements.ts";
import type { Format } from "./format.ts";
import type { Inline } from "./inline.ts";
import { openEmbed } from "./embed-content.ts";
import { openLink, writeFrame, writeImage } from "./link-content.ts";
import { openInCode, openLanguage, openPre } from "./code-content.ts";
import { openAlert, openFootnote, openReference } from "./notes.ts";
import { openMath, openTexScript } from "./math.ts";
import { openSource } from "./math-sources.ts";
import { openPicture, openGraphic } from "./names-of.ts";
import type { Closer, ElementEnd, OpenElement, Renderer } from "./renderer.ts";
import { openCell, openRow, openSection, openTable, wholeNumber } from "./table-content.ts";
import type { ClassTraits } from "./visibility.ts";
import type { Writer } from "./writer.ts";

/** The formats of elements; all others are emphasis. */
const FORMATS: Record<string, Format["kind"]> = {
  strong: "strong",
  b: "strong",
  del: "del",
  s: "del",
  strike: "del",
  code: "code",
  kbd: "code",
  samp: "code",
  tt: "code",
  sub: "sub",
  sup: "sup",
};

/** Starts a visible element; returns what to do at its end. */
// oxlint-disable-next-line max-lines-per-function -- a table of elements
export function openContent(
  page: Renderer,
  kind: ElementKind,
  attributes: Attributes,
  traits: ClassTraits | undefined,
): ElementEnd {
  const { writer } = page;
  if (page.formula !== undefined) return page.formula.open(kind.name, attributes);
  if (writer.code !== undefined) return openInCode(page, kind, attributes, traits);
  if (kind.isCustom || traits?.isMath === true) {
    const formula = openSource(page, kind, attributes, traits);
    if (formula !== undefined) return formula;
  }
  const isText = kind.role === "inline" || kind.role === "format";
  if (isText && attributes.mayHide && attributes.get("role") === "img") {
    return openPicture(page, attributes);
  }
  if (kind.role === "inline") return openLanguage(page, traits);
  switch (kind.role) {
    case "block":
      return openFootnote(page, attributes) ?? openBlock(page, traits);
    case "paragraph":
      writer.flush();
      return writer.flush;
    case "heading":
      if (writer.table?.isLikelyLayout === true) writer.leaveCell();
      return writer.openHeading(kind.level);
    case "quote":
      return openAlert(page, attributes) ?? writer.openQuote();
    case "list":
      return writer.openList(kind.name === "ol", wholeNumber(attributes.get("start")));
    case "item":
      return writer.openItem(
        attributes.has("value") ? wholeNumber(attributes.get("value")) : undefined,
      );
    case "definitions":
      return openDefinitions(page);
    case "term":
    case "description":
      return openDefinition(page, kind);
    case "pre":
      return openPre(page, attributes, traits);
    case "table":
      return openTable(page, attributes);
    case "section":
      return openSection(page, kind, attributes);
    case "row":
      return openRow(page, attributes);
    case "cell":
      return openCell(page, kind, attributes);
    case "caption":
      writer.flush();
      return writer.flush;
    case "format":
      return (
        (kind.name === "sup" ? openReference(page, attributes) : undefined) ??
        openFormat(page, FORMATS[kind.name] ?? "em")
      );
    case "link":
      return openLink(page, attributes);
    case "break":
      if (writer.inline.owesBreak && !writer.isInCell && writer.headingLevel === 0) writer.flush();
      else writer.inline.lineBreak();
      return undefined;
    case "rule":
      if (writer.isInCell) writer.flush();
      else writer.block(writer.blocks.depth > 0 ? "___" : "---");
      return undefined;
    case "image":
      writeImage(page, attributes);
      return undefined;
    case "source":
      page.pictureSource ||= attributes.get("srcset") ?? attributes.get("data-srcset") ?? "";
      return undefined;
    case "checkbox":
      if (attributes.get("type")?.toLowerCase() === "checkbox" && writer.blocks.depth > 0) {
        writer.task(attributes.has("checked"));
      }
      return undefined;
    case "summary":
      writer.flush();
      return openStrongBlock(page);
    case "quotation":
      return openBetween(page, "\u201c", "\u201d");
    case "rubyText":
      return openBetween(page, "(", ")");
    case "math":
      return openMath(page, attributes);
    case "form":
    case "header":
    case "footer":
    case "nav":
    case "aside":
      return openBlock(page, traits);
    case "frame":
      writeFrame(page, attributes);
      return undefined;
    case "embed":
      return openEmbed(page, attributes);
    case "graphic":
      return openGraphic(page, attributes);
    case "script":
      return openTexScript(page, attributes.get("type") ?? "");
    default:
      return openLanguage(page, traits);
  }
}

/** Starts an element with marks around it. */
function openBetween({ writer }: Renderer, before: string, after: string): Closer {
  writer.inline.text(before);
  return () => writer.inline.text(after);
}

function openBlock(page: Renderer, traits: ClassTraits | undefined): Closer {
  const { writer } = page;
  writer.flush();
  const language = openLanguage(page, traits);
  return language === undefined ? writer.flush : endingBoth(writer, language);
}

function endingBoth(writer: Writer, language: () => void): Closer {
  return () => {
    writer.flush();
    language();
  };
}

/** Starts a definition list. */
function openDefinitions(page: Renderer): Closer {
  const { writer } = page;
  const close = writer.openList(false, 1);
  page.definitions.push(undefined);
  return () => {
    writer.flush();
    page.definitions.pop()?.();
    close?.();
  };
}

/** Starts a term, which begins an item, or a description, which continues it. */
function openDefinition(page: Renderer, kind: ElementKind): Closer {
  const { writer, definitions } = page;
  writer.flush();
  const last = definitions.length - 1;
  if (last < 0) return writer.flush;
  if (kind.role === "term" || definitions[last] === undefined) {
    definitions[last]?.();
    definitions[last] = writer.openItem(undefined);
  }
  return kind.role === "term" ? openStrongBlock(page) : writer.flush;
}

/** Starts a block with strong text: a summary or a term. */
function openStrongBlock(page: Renderer): Closer {
  const { writer } = page;
  const strong = openFormat(page, "strong");
  return () => {
    writer.flush();
    strong?.close();
  };
}

function openFormat(page: Renderer, kind: Format["kind"]): OpenFormat | undefined {
  const { inline } = page.writer;
  if (!inline.accepts(kind)) return undefined;
  const format = new OpenFormat(kind, inline);
  inline.open(format);
  return format;
}

/** Formatting by an element, which ends with it. */
class OpenFormat implements Format, OpenElement {
  readonly kind: Format["kind"];
  readonly destination = "";
  readonly isFragment = false;
  readonly #inline: Inline;

  constructor(kind: Format["kind"], inline: Inline) {
    this.kind = kind;
    this.#inline = inline;
  }

  close(): void {
    this.#inline.close(this);
  }
}
