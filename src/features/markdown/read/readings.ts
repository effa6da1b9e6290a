import { type Attributes, GivenAttributes, type TagAttributes } from "../stream/attributes.ts";
import { type ElementKind, kindOf } from "../stream/elements.ts";
import { mayBeAlert, partsOfAlert, readAlert } from "./alert-titles.ts";
import { alertOfWord, isSureAlone } from "./alerts.ts";
import { followsText } from "./around.ts";
import { readButton, readLabel } from "./buttons.ts";
import { Disclosures } from "./disclosures.ts";
import { type PageNote, PageNotes } from "./page-notes.ts";
import { Ids } from "./ids.ts";
import type { AlertMeaning, Meaning } from "./meanings.ts";
import { LinkedTabs } from "./linked-tabs.ts";
import { beforeNotes, readList } from "./note-lists.ts";
import { NoteSign } from "./note-sign.ts";
import { headingReading, NOTHING, type Reading, SPAN, STRONG } from "./reading.ts";
import { isHidden } from "../stream/visibility.ts";
import type { Tape } from "./tape.ts";
import { Tabs, type TabSet } from "./tabs.ts";
import { visibleText } from "./visible-text.ts";

/** Characters of text with which an element is read as it is before it has ended. */
const TOO_MUCH = 65_536;

/** Decides how elements are read that show what is one click away, or stand for something else. */
export class Readings {
  readonly footnotes: PageNotes;
  /** The note that is being read. */
  note: PageNote | undefined;
  readonly #tape: Tape;
  readonly #tabs: Tabs;
  readonly #linkedTabs: LinkedTabs;
  readonly #disclosures: Disclosures;
  readonly #attributes: TagAttributes;
  readonly #sign = new NoteSign();
  /** What elements around them have decided for elements that follow. */
  readonly #given = new Map<number, Reading>();

  /** @param openAttributes creates an object for the attributes of one element at a time */
  constructor(tape: Tape, openAttributes: () => TagAttributes) {
    this.#tape = tape;
    this.#attributes = openAttributes();
    const ids = new Ids(tape, openAttributes());
    this.footnotes = new PageNotes(tape, ids, openAttributes);
    this.#tabs = new Tabs(tape, this.#attributes, ids);
    this.#linkedTabs = new LinkedTabs(tape, this.#attributes);
    this.#disclosures = new Disclosures(tape);
  }

  /** Whether an element of a kind may be read in another way though it has no attributes. */
  concerns(kind: ElementKind): boolean {
    return (
      kind.name === "sup" || kind.role === "list" || this.#given.size > 0 || this.footnotes.size > 0
    );
  }

  /** Begins to read a note. */
  beginNote(note: PageNote): void {
    this.note = note;
    this.#sign.begin(note.sign);
  }

  /** Where a text of the current note begins, but for the sign of the note. */
  afterSign(source: string, start: number, end: number): number {
    return this.#sign.after(source, start, end);
  }

  /** Whether an element is content that is hidden, or seems to be beside the content by its tag. */
  isContent(
    element: number,
    kind: ElementKind,
    attributes: Attributes,
    isHidden: boolean,
  ): boolean {
    if (this.#given.has(element)) return true;
    const meaning = attributes.facts.meaning;
    if (kind.role === "aside") {
      if (meaning?.is === "sidenote") return true;
      return meaning !== undefined && mayBeAlert(kind, meaning, attributes);
    }
    const role = attributes.get("role");
    if (!isHidden) return role === "tablist" && this.#tabs.hasPanels(element);
    if (role === "tabpanel") return true;
    if (meaning?.is === "tab-panel" || meaning?.is === "tab-set") return true;
    if (attributes.get("aria-roledescription") === "slide") return this.#tape.textOf(element) > 0;
    if (!this.#tape.isClosed(element)) return false;
    return this.#disclosures.isPanel(element, kind, attributes, meaning);
  }

  /** Notes an element that is left out, whose end is recorded: its text may be a label. */
  leaveOut(element: number, kind: ElementKind, attributes: Attributes): void {
    const role = attributes.get("role");
    if (role === "tablist") this.#tabs.addList(element);
    else if (role === "tab") this.#tabs.addTab(element, attributes);
    else if (kind.role === "button") {
      this.#disclosures.add(element, attributes, false);
    }
  }

  /**
   * How an element is read; undefined for as it is, "later" if text that follows decides that.
   *
   * @param isEnded whether the whole page is recorded
   */
  of(
    element: number,
    kind: ElementKind,
    attributes: TagAttributes,
    isEnded: boolean,
  ): Reading | "later" | undefined {
    const given = this.#given.size > 0 ? this.#given.get(element) : undefined;
    if (given !== undefined) return given;
    if (this.footnotes.size > 0 && this.footnotes.has(element)) return NOTHING;
    if (this.note === undefined) this.footnotes.lastRead = element;
    else if (this.#isSign(element, kind)) return NOTHING;
    if (kind.role === "link") return this.#link(element, attributes, isEnded);
    if ((kind.role === "list" || kind.role === "definitions") && this.footnotes.size > 0) {
      const reading = readList(this.#tape, this.footnotes, element);
      if (reading !== undefined) return reading;
    }
    if (kind.role === "list") {
      const set = this.#linkedTabs.read(element, isEnded);
      if (set !== undefined) return set === "later" ? set : this.#give(set);
    }
    if (kind.name === "sup") return this.#raised(element, isEnded);
    if (attributes.isEmpty) return undefined;
    const { mayHide } = attributes;
    const role = mayHide ? attributes.get("role") : undefined;
    if (role !== undefined) {
      const reading = this.#byRole(element, role, kind, attributes);
      if (reading !== undefined) return reading;
    }
    if (kind.role === "button")
      return readButton(this.#tape, this.#disclosures, element, attributes);
    const meaning = attributes.facts.meaning;
    if (meaning !== undefined) return this.#byMeaning(element, kind, attributes, meaning);
    if (mayHide && isHidden(attributes)) return this.#shown(attributes);
    return kind.name === "label"
      ? readLabel(this.#tape, element, attributes, this.#attributes, isEnded)
      : undefined;
  }

  #byRole(
    element: number,
    role: string,
    kind: ElementKind,
    attributes: Attributes,
  ): Reading | "later" | undefined {
    switch (role) {
      case "heading":
        return headingReading(kind, attributes);
      case "tabpanel":
        return this.#panel(element, attributes);
      case "button":
        return kind.role === "button"
          ? undefined
          : readButton(this.#tape, this.#disclosures, element, attributes);
      case "doc-endnotes":
        return this.#notes(element);
      default:
        return undefined;
    }
  }

  #byMeaning(
    element: number,
    kind: ElementKind,
    attributes: Attributes,
    meaning: Meaning,
  ): Reading | "later" | undefined {
    switch (meaning.is) {
      case "alert":
        return mayBeAlert(kind, meaning, attributes)
          ? this.#alert(element, kind, meaning, attributes)
          : undefined;
      case "tab-panel":
        return this.#panel(element, attributes);
      case "tab-set":
        return this.#tabSet(element);
      case "tab-list":
        if (!this.#tape.isClosed(element)) return this.#wait(element);
        return this.#tabs.addList(element) ? NOTHING : undefined;
      case "tab-label":
        return STRONG;
      case "notes":
        return this.#notes(element);
      case "notes-rule":
        return this.footnotes.size > 0 ? NOTHING : undefined;
      case "sidenote":
        return kind.isBlock && !followsText(this.#tape, element)
          ? undefined
          : this.sidenote(element);
      case "toggle":
        return NOTHING;
      case "back-link":
        return this.note === undefined ? undefined : NOTHING;
      default:
        return undefined;
    }
  }

  /** Waits for the end of an element, unless it contains so much that it is read as it is. */
  #wait(element: number): "later" | undefined {
    return this.#tape.textOf(element) < TOO_MUCH ? "later" : undefined;
  }

  #alert(
    element: number,
    kind: ElementKind,
    meaning: AlertMeaning,
    attributes: Attributes,
  ): Reading | "later" | undefined {
    const tape = this.#tape;
    if (!tape.isClosed(element)) return this.#wait(element);
    if (tape.textOf(element) === 0) return undefined;
    const named = alertOfWord(attributes.get("data-callout") ?? "") ?? meaning.type;
    const alert = readAlert(tape, element, named, this.#attributes);
    const isSure = alert.isNamed || kind.role === "aside" || attributes.has("role");
    if (!isSure && !isSureAlone(meaning)) return undefined;
    for (const [part, reading] of partsOfAlert(tape, alert)) this.#given.set(part, reading);
    const own = new GivenAttributes([["data-wayleave-note", alert.type]]);
    return { as: "kind", kind: kindOf("blockquote"), attributes: own };
  }

  #panel(element: number, attributes: Attributes): Reading | "later" | undefined {
    const tape = this.#tape;
    if (tape.textOf(element) === 0) return tape.isClosed(element) ? undefined : this.#wait(element);
    const isHidden = attributes.has("hidden") || attributes.get("aria-hidden") === "true";
    const label = this.#tabs.labelFor(element, attributes, isHidden);
    return label === "" ? undefined : { as: "labelled", label };
  }

  /** A hidden element that is content has the text of its button before it. */
  #shown(attributes: Attributes): Reading | undefined {
    const label = this.#disclosures.labelFor(attributes);
    return label === "" ? undefined : { as: "labelled", label };
  }

  #tabSet(element: number): Reading | "later" | undefined {
    if (!this.#tape.isClosed(element)) return this.#wait(element);
    const set = this.#tabs.readSet(element);
    if (set !== undefined) this.#give(set);
    return undefined;
  }

  /** Writes the labels of tabs before their panels, and so not in their list. */
  #give({ list, panels }: TabSet): Reading {
    this.#given.set(list, NOTHING);
    for (const { element, label } of panels) this.#given.set(element, { as: "labelled", label });
    return NOTHING;
  }

  #link(element: number, attributes: Attributes, isEnded: boolean): Reading | "later" | undefined {
    if (attributes.isEmpty) return undefined;
    const footnotes = this.footnotes;
    if (this.note !== undefined && footnotes.isBackLink(element, attributes)) return NOTHING;
    const note = footnotes.at(element, attributes, isEnded);
    if (note === "later") return "later";
    if (note !== undefined) return { as: "reference", label: note.label };
    const shows = attributes.has("aria-expanded") && attributes.get("role") !== "tab";
    return shows ? readButton(this.#tape, this.#disclosures, element, attributes) : undefined;
  }

  /** Whether an element at the start of a note is its sign. */
  #isSign(element: number, { isBlock }: ElementKind): boolean {
    const tape = this.#tape;
    if (isBlock || !this.#sign.isExpected || !tape.isClosed(element)) return false;
    return tape.textOf(element) > 0 && this.#sign.skip(visibleText(tape, element));
  }

  #raised(element: number, isEnded: boolean): Reading | "later" | undefined {
    const isOnly = this.footnotes.isOnlyReferences(element, isEnded);
    if (isOnly === "later") return "later";
    return isOnly ? SPAN : undefined;
  }

  /** The reference to a note beside the text. */
  sidenote(element: number): Reading | "later" | undefined {
    const tape = this.#tape;
    if (!tape.isClosed(element)) return this.#wait(element);
    if (tape.textOf(element) === 0) return undefined;
    const note = this.footnotes.addAside(element);
    return note === undefined ? undefined : { as: "reference", label: note.label };
  }

  /** What stands before notes that are read at another place is not read. */
  #notes(element: number): "later" | undefined {
    if (this.footnotes.size === 0) return undefined;
    if (!this.#tape.isClosed(element)) return this.#wait(element);
    for (const each of beforeNotes(this.#tape, this.footnotes, element)) {
      this.#given.set(each, NOTHING);
    }
    return undefined;
  }
}
