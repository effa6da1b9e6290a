import type { Attributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { fragmentOf } from "./ids.ts";
import type { Meaning } from "./meanings.ts";
import { NONE, type Tape } from "./tape.ts";
import { isBlankBetween, visibleText } from "./visible-text.ts";

const ACCORDION = /accordion|collaps|disclosure|faq|expand/i;
/** What buttons say that are controls, though they show something. */
const CONTROL_TEXT =
  /^(?:|(?:toggle |open |close |show |hide |main |site )*(?:menu|navigation|search|sidebar|filters?)|next|prev(?:ious)?|close|copy.*|share|teilen|suche|men\u00fc|follow|subscribe|(?:log|sign) (?:in|up)|more|(?:show|read|view|see|load) (?:more|less|all)|play|pause|on this page|(?:table of )?contents)$/i;
const APART_ROLE =
  /^(?:dialog|alertdialog|menu|menubar|listbox|tooltip|navigation|search|status|alert|combobox|grid)$/;
const APART_CLASS =
  /modal|dialog|menu|dropdown|popup|popover|tooltip|drawer|offcanvas|lightbox|search|nav|cookie|consent|banner|toast|overlay|share|login|sidebar/i;
/** The share of links in the text of a menu. */
const LINKS_OF_MENU = 0.7;
const MOST_IDS = 10_000;
/** Elements without text between a button and its panel. */
const MOST_BETWEEN = 3;

/** Whether a button shows and hides text, and so is content. @param text what it says */
export function showsText(attributes: Attributes, text: string): boolean {
  if (attributes.get("role") === "tab" || opensMenu(attributes)) return false;
  if (CONTROL_TEXT.test(text)) return false;
  return (
    attributes.has("aria-expanded") || ACCORDION.test(attributes.get("class")?.slice(0, 500) ?? "")
  );
}

function opensMenu(attributes: Attributes): boolean {
  const popup = attributes.get("aria-haspopup");
  if (popup !== undefined && popup !== "false") return true;
  const toggled = attributes.get("data-bs-toggle") ?? attributes.get("data-toggle") ?? "";
  return /^(?:dropdown|modal|offcanvas|popover|tooltip)$/.test(toggled);
}

/** Tells the hidden texts that a reader can open from hidden menus and dialogs. */
export class Disclosures {
  readonly #tape: Tape;
  /** The elements that show others, by the ids of these. */
  readonly #controls = new Map<string, number>();
  /** Those of them that are not read. */
  readonly #unread = new Set<number>();
  /** The button, or the like, that was read last. */
  #last = NONE;

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  /** Notes a button, or another element that shows others. @param isRead whether its text is read */
  add(element: number, attributes: Attributes, isRead: boolean): void {
    if (opensMenu(attributes)) return;
    if (!isRead) this.#unread.add(element);
    this.#last = element;
    const controls = attributes.get("aria-controls") ?? "";
    const target = attributes.get("data-bs-target") ?? attributes.get("data-target") ?? "";
    const href = attributes.get("href") ?? "";
    for (const id of [...controls.trim().split(/\s+/u), fragmentOf(target), fragmentOf(href)]) {
      if (id !== "" && this.#controls.size < MOST_IDS) this.#controls.set(id, element);
    }
  }

  /** What a button says that is not read and shows an element, for that element; empty if nothing. */
  labelFor(attributes: Attributes): string {
    if (this.#unread.size === 0) return "";
    const button = this.#controls.get(attributes.get("id") ?? "");
    if (button === undefined || !this.#unread.has(button)) return "";
    const text = visibleText(this.#tape, button);
    return CONTROL_TEXT.test(text) ? "" : text;
  }

  /** Whether a hidden element whose end is recorded is text that a reader can open. */
  isPanel(
    element: number,
    kind: ElementKind,
    attributes: Attributes,
    meaning: Meaning | undefined,
  ): boolean {
    const tape = this.#tape;
    if (tape.textOf(element) === 0 || isApart(kind, attributes)) return false;
    if (meaning?.is === "slide") return true;
    if (tape.linkTextOf(element) > tape.textOf(element) * LINKS_OF_MENU) return false;
    if (meaning?.is === "disclosed" || kind.role === "description") return true;
    const id = attributes.get("id");
    return (id !== undefined && this.#controls.has(id)) || this.#followsButton(element);
  }

  #followsButton(element: number): boolean {
    const tape = this.#tape;
    if (this.#last === NONE || !tape.isClosed(this.#last)) return false;
    const between = element - tape.elementAfter(this.#last);
    return (
      between >= 0 &&
      between <= MOST_BETWEEN &&
      isBlankBetween(tape, tape.textAfter(this.#last), tape.firstText(element))
    );
  }
}

/** Whether an element is a menu, a dialog or the like by its name, role or class. */
function isApart({ name, role }: ElementKind, attributes: Attributes): boolean {
  if (role === "nav" || role === "form" || role === "button" || name === "dialog") return true;
  if (attributes.has("aria-modal")) return true;
  if (APART_ROLE.test(attributes.get("role") ?? "")) return true;
  return APART_CLASS.test(attributes.get("class")?.slice(0, 500) ?? "");
}
