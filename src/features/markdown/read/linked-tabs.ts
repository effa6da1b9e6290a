import type { TagAttributes } from "../stream/attributes.ts";
import { childrenOf, firstIn } from "./around.ts";
import { fragmentOf } from "./ids.ts";
import type { TabSet } from "./tabs.ts";
import { NONE, type Tape } from "./tape.ts";
import { isBlankBetween, visibleText } from "./visible-text.ts";

interface Tab {
  readonly target: string;
  readonly label: string;
}

const LEAST = 2;
const MOST = 20;
/** Characters of a list of tabs, and of the element around it and its panels. */
const LONGEST_LIST = 1000;
const LONGEST = 65_536;

/**
 * Finds tabs that are a list of links to the elements right after it, as scripts such as jQuery UI's
 * expect them. A list of contents has headings after it instead.
 */
export class LinkedTabs {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
  }

  /** The panels of a list; undefined if it is no list of tabs, "later" if what follows decides that. */
  read(list: number, isEnded: boolean): TabSet | "later" | undefined {
    const tape = this.#tape;
    if (!this.#beginsWithLink(list)) return undefined;
    const around = tape.parentOf(list);
    const isLong = around !== NONE && tape.textOf(around) > LONGEST;
    const later = isEnded || isLong ? undefined : "later";
    if (!tape.isClosed(list)) return tape.textOf(list) > LONGEST_LIST ? undefined : later;
    const tabs = this.#tabsOf(list);
    if (tabs === undefined) return undefined;
    const isWhole = around === NONE ? isEnded : tape.isClosed(around) || isEnded;
    const first = tape.elementAfter(list);
    if (first >= tape.elementCount) return isWhole ? undefined : later;
    if (tape.parentOf(first) !== around) return undefined;
    const within = this.#isPanel(first, tabs[0]) ? around : first;
    if (within === first && !tape.isClosed(first)) {
      const inner = first + 1;
      if (inner < tape.elementCount && !this.#isPanel(inner, tabs[0])) return undefined;
      return later;
    }
    return this.#panelsIn(within, within === first ? first + 1 : first, list, tabs, later);
  }

  #beginsWithLink(list: number): boolean {
    const tape = this.#tape;
    if (list + 2 >= tape.elementCount) return !tape.isClosed(list);
    if (tape.kindOf(list + 1).role !== "item" || tape.kindOf(list + 2).role !== "link")
      return false;
    return this.#targetOf(list + 2) !== "";
  }

  #targetOf(link: number): string {
    const href = this.#tape.readAttributes(link, this.#attributes).get("href") ?? "";
    return href.startsWith("#") ? fragmentOf(href) : "";
  }

  /** The tabs of a list of nothing but links to places in the page. */
  #tabsOf(list: number): Tab[] | undefined {
    const tape = this.#tape;
    const tabs: Tab[] = [];
    for (const item of childrenOf(tape, list)) {
      const link = item + 1;
      const isLink = link < tape.elementAfter(item) && tape.kindOf(link).role === "link";
      const target = isLink ? this.#targetOf(link) : "";
      if (target === "" || tape.textOf(link) !== tape.textOf(item)) return undefined;
      const label = visibleText(tape, link);
      if (label === "" || tabs.length === MOST) return undefined;
      tabs.push({ target, label });
    }
    return tabs.length < LEAST ? undefined : tabs;
  }

  /** Whether an element is the panel of a tab; one that begins with a heading is a section. */
  #isPanel(element: number, tab: Tab | undefined): boolean {
    const tape = this.#tape;
    if (tape.kindOf(element).role !== "block") return false;
    if (tape.readAttributes(element, this.#attributes).get("id") !== tab?.target) return false;
    const heading = firstIn(tape, element, tape.headings);
    if (heading === undefined) return true;
    return !isBlankBetween(tape, tape.firstText(element), tape.firstText(heading));
  }

  #panelsIn(
    around: number,
    first: number,
    list: number,
    tabs: readonly Tab[],
    later: "later" | undefined,
  ): TabSet | "later" | undefined {
    const tape = this.#tape;
    let panel = first;
    const panels: TabSet["panels"][number][] = [];
    for (const tab of tabs) {
      if (panel >= tape.elementCount) return later;
      if (tape.parentOf(panel) !== around || !this.#isPanel(panel, tab)) return undefined;
      if (!tape.isClosed(panel)) return later;
      if (tape.textOf(panel) > 0) panels.push({ element: panel, label: tab.label });
      panel = tape.elementAfter(panel);
    }
    return { list, panels };
  }
}
