import type { Attributes, TagAttributes } from "../stream/attributes.ts";
import { childrenOf, firstIn } from "./around.ts";
import { fragmentOf, type Ids } from "./ids.ts";
import { NONE, type Tape } from "./tape.ts";
import { isBlankBetween, visibleText } from "./visible-text.ts";

/** The tabs of one list, in order. */
interface TabList {
  readonly element: number;
  readonly labels: readonly string[];
  readonly selected: number;
  /** The number of panels without ids so far. */
  used: number;
}

/** Panels of which a page shows one at a time, and the label of each. */
export interface TabSet {
  /** The element with the labels, if it stands apart. */
  readonly list: number;
  readonly panels: readonly { readonly element: number; readonly label: string }[];
}

/** Elements of one list that are read, and of all lists of a page. */
const LONGEST_LIST = 1000;
const MOST_ELEMENTS = 50_000;
/** Elements at the start of an accordion in which the first panel is. */
const LONGEST_ACCORDION = 60;
/** Elements around a list that contain nothing else. */
const MOST_WRAPPERS = 4;
const TAB_NAMES = /^(?:label|button|a)$/;

/** Finds the labels of panels. Lists of tabs come before their panels. */
export class Tabs {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  readonly #ids: Ids;
  readonly #byId = new Map<string, string>();
  readonly #byTarget = new Map<string, string>();
  /** Lists whose panels may follow, innermost last. */
  readonly #lists: TabList[] = [];
  #read = 0;

  constructor(tape: Tape, attributes: TagAttributes, ids: Ids) {
    this.#tape = tape;
    this.#attributes = attributes;
    this.#ids = ids;
  }

  /** Reads a list of tabs whose end is recorded. @returns whether one of the tabs has a panel */
  addList(list: number): boolean {
    const labels: string[] = [];
    let selected = -1;
    let hasPanels = false;
    for (const tab of this.#tabsIn(list)) {
      const attributes = this.#tape.readAttributes(tab, this.#attributes);
      if (attributes.get("role") === "tab" || this.#switches(attributes)) hasPanels = true;
      if (attributes.get("aria-selected") === "true") selected = labels.length;
      labels.push(this.addTab(tab, attributes));
    }
    if (labels.length > 0) this.#lists.push({ element: list, labels, selected, used: 0 });
    return hasPanels;
  }

  /** Adds a tab by the ids of itself and its panel. @returns its label */
  addTab(tab: number, attributes: Attributes): string {
    const label = this.#labelOf(tab, attributes);
    if (this.#byTarget.size > MOST_ELEMENTS || this.#byId.size > MOST_ELEMENTS) return label;
    const id = attributes.get("id");
    if (id !== undefined) this.#byId.set(id, label);
    for (const target of targetsOf(attributes)) this.#byTarget.set(target, label);
    return label;
  }

  #switches(attributes: Attributes): boolean {
    const toggle = attributes.get("data-toggle") ?? attributes.get("data-bs-toggle");
    return toggle === "tab" || toggle === "pill";
  }

  /** The text of a tab, else its name. */
  #labelOf(tab: number, attributes: Attributes): string {
    const name =
      attributes.get("data-title") ?? attributes.get("aria-label") ?? attributes.get("title") ?? "";
    return visibleText(this.#tape, tab) || name.slice(0, 200).trim();
  }

  #tabsIn(list: number): number[] {
    const tape = this.#tape;
    if (this.#read > MOST_ELEMENTS) return [];
    const after = Math.min(tape.elementAfter(list), list + LONGEST_LIST);
    this.#read += after - list;
    const found: Record<"roles" | "names" | "items", number[]> = {
      roles: [],
      names: [],
      items: [],
    };
    for (let element = list + 1; element < after; element++) {
      const { name, role } = tape.kindOf(element);
      if (tape.readAttributes(element, this.#attributes).get("role") === "tab") {
        found.roles.push(element);
      }
      if (TAB_NAMES.test(name)) found.names.push(element);
      else if (role === "item") found.items.push(element);
    }
    if (found.roles.length > 0) return found.roles;
    return found.names.length > 0 ? found.names : found.items;
  }

  /** Whether a panel is in the element around a list, but for wrappers of the list alone. */
  #isBeside(list: number, panel: number): boolean {
    const tape = this.#tape;
    let scope = tape.parentOf(list);
    for (let i = 0; i < MOST_WRAPPERS && scope !== NONE; i++) {
      if (panel < tape.elementAfter(scope)) return true;
      if (tape.textOf(scope) > tape.textOf(list)) return false;
      scope = tape.parentOf(scope);
    }
    return scope === NONE;
  }

  /** The label of a panel; empty if it has none. */
  labelFor(panel: number, attributes: Attributes, isHidden: boolean): string {
    const labelledBy = attributes.get("aria-labelledby")?.trim().split(/\s+/u)[0] ?? "";
    const id = attributes.get("id") ?? "";
    const name = attributes.get("aria-label")?.trim() ?? "";
    let label = this.#byId.get(labelledBy) ?? this.#byTarget.get(id);
    if (label === undefined && labelledBy === "") label = this.#labelByIndex(panel, isHidden);
    if (label === undefined && labelledBy !== "") {
      const tab = this.#ids.find(labelledBy);
      // Text right before the panel is read as it is.
      if (tab !== NONE && !this.#isRightBefore(tab, panel)) label = visibleText(this.#tape, tab);
    }
    label ??= name;
    return this.#repeats(panel, label) ? "" : label;
  }

  #isRightBefore(tab: number, panel: number): boolean {
    const tape = this.#tape;
    return tab < panel && isBlankBetween(tape, tape.textAfter(tab), tape.firstText(panel));
  }

  /** Whether a list of tabs is an accordion: it contains the panels. */
  hasPanels(list: number): boolean {
    const tape = this.#tape;
    const after = Math.min(tape.elementAfter(list), list + LONGEST_ACCORDION);
    for (let element = list + 1; element < after; element++) {
      if (tape.isBare(element)) continue;
      const attributes = tape.readAttributes(element, this.#attributes);
      if (attributes.get("role") === "tabpanel") return true;
    }
    return false;
  }

  #labelByIndex(panel: number, isHidden: boolean): string | undefined {
    for (;;) {
      const list = this.#lists.at(-1);
      if (list === undefined) return undefined;
      if (list.used < list.labels.length && this.#isBeside(list.element, panel)) {
        // Of panels that are made when they are wanted, a page has the selected one alone.
        const at = isHidden || list.selected < 0 ? list.used : list.selected;
        list.used += 1;
        return list.labels[at];
      }
      this.#lists.pop();
    }
  }

  /** Whether a panel begins with a heading that says the same. */
  #repeats(panel: number, label: string): boolean {
    const tape = this.#tape;
    const heading = firstIn(tape, panel, tape.headings);
    if (heading === undefined) return false;
    const isFirst =
      tape.visibleBefore(tape.firstText(heading)) === tape.visibleBefore(tape.firstText(panel));
    return isFirst && visibleText(tape, heading).toLowerCase() === label.toLowerCase();
  }

  /** Reads tabs without roles: a list of labels, and panels in its order. */
  readSet(set: number): TabSet | undefined {
    const tape = this.#tape;
    const parts = [...childrenOf(tape, set)].filter(
      (each) => tape.kindOf(each).name !== "input" && !tape.kindOf(each).isInert,
    );
    const list = parts.find((each) => this.#isList(each));
    if (list === undefined) return undefined;
    const labels = this.#tabsIn(list).map((tab) =>
      this.#labelOf(tab, tape.readAttributes(tab, this.#attributes)),
    );
    const rest = parts.filter((each) => each !== list);
    const [only = NONE] = rest;
    const panels = rest.length === 1 ? [...childrenOf(tape, only)] : rest;
    return {
      list,
      panels: panels
        .slice(0, labels.length)
        .map((element, i) => ({ element, label: labels[i] ?? "" }))
        .filter(({ element, label }) => label !== "" && tape.textOf(element) > 0),
    };
  }

  #isList(element: number): boolean {
    const { className, meaning } = this.#tape.readAttributes(element, this.#attributes).facts;
    return meaning?.is === "tab-list" || /^tabs\b/.test(className);
  }
}

/** The ids of the panels that a tab shows. */
function targetsOf(attributes: Attributes): string[] {
  const controls = attributes.get("aria-controls") ?? "";
  const target = attributes.get("data-bs-target") ?? attributes.get("data-target") ?? "";
  return [controls.trim(), fragmentOf(target), fragmentOf(attributes.get("href") ?? "")].filter(
    (id) => id !== "",
  );
}
