import { textContent } from "./around.ts";
import { Tokenizer } from "../../../html/tokenizer.ts";
import { type AttributeNames, namesFor } from "../stream/attribute-names.ts";
import { TagAttributes } from "../stream/attributes.ts";
import type { ElementKind } from "../stream/elements.ts";
import { matchesAny, type Selector } from "../stream/selector.ts";
import type { Cut } from "../../../feature/parts.ts";
import { Analysis } from "./analysis.ts";
import { Decider, ROOT_ID } from "./decider.ts";
import { type MainContent, MainContentFinder } from "./main-content.ts";
import type { PageSink } from "./page-sink.ts";
import { TapeRecorder, type PageEvents } from "./recorder.ts";
import { Readings } from "./readings.ts";
import { Replay } from "./replay.ts";
import { isRenderedByScript, PageScripts, writeScriptNotice, writeTexts } from "./script-only.ts";
import { StreamedContent } from "./streamed.ts";
import { NONE } from "./tape.ts";

/** What the reader of one page needs to know. */
export interface ReaderOptions {
  readonly select: readonly Selector[];
  readonly ignore: readonly Selector[];
  readonly keep: readonly Selector[];
  /** The whole body, the main content, or an article alone. */
  readonly content: "all" | "main" | "article";
  /** Whether the page is XML. */
  readonly isXml: boolean;
}

/** Receives the content of a page, and facts from its head before. */
export interface ReaderSink extends PageSink {
  meta(kind: ElementKind, attributes: TagAttributes, isInHead: boolean): void;
  title(title: string): void;
  /** What the page's head says that it is about, or the empty string. */
  readonly description: string;
  /** The main content is decided, and follows. */
  begin(): void;
  /** All that was read so far is to be forgotten; the content follows again. */
  restart(): void;
}

/** The entries of the tape that are read in one turn, about 5 ms, and the elements of a page that are many. */
const MOST_A_TURN = 12_000;
const LARGE = 4000;
/** The share of a page's prose that has to be left, or the page is read again without cuts. */
const LEAST_SHARE = 0.2;
/** Characters of prose below which a page has too little for that. */
const LEAST_PROSE = 300;

/** Reads one page: records it, decides which of it is content, and passes that to a sink. */
export class Reader implements PageEvents {
  /** Whether only a script renders the page; undefined while that is unknown. */
  isScriptOnly: boolean | undefined;
  /** Whether the page has more elements than are read. */
  isFull = false;
  /** Why the page was read again; undefined if it was not. */
  note: string | undefined;
  readonly #recorder: TapeRecorder;
  readonly #tokenizer: Tokenizer;
  readonly #sink: ReaderSink;
  readonly #options: ReaderOptions;
  readonly #finder: MainContentFinder;
  readonly #streamed: StreamedContent;
  readonly #decider: Decider;
  readonly #names: AttributeNames;
  readonly #scripts = new PageScripts();
  /** Whether the page has an element in which a script shows the page. */
  #hasEmptyRoot = false;
  #replay: Replay;
  /** The number of selected elements that are being read or have been. */
  #selected = 0;
  #content: MainContent | undefined;
  #stage: "recording" | "reading" | "again" | "done" = "recording";
  /** The prose that was read before the page had ended. */
  #proseBefore = 0;
  /** The text of the tape at which what is recorded is analysed again. */
  #nextAnalysis = 0;
  #isOver = false;
  #lastText = -1;

  constructor(options: ReaderOptions, sink: ReaderSink) {
    const { select, ignore, keep } = options;
    this.#options = options;
    this.#sink = sink;
    const all = [...select, ...ignore, ...keep];
    this.#names = namesFor(new Set(all.flatMap((each) => each.attributes.map(({ name }) => name))));
    this.#recorder = new TapeRecorder(this, this.#names, options.isXml, select.length > 0);
    this.#tokenizer = new Tokenizer(this.#recorder, { isXml: options.isXml });
    const { tape } = this.#recorder;
    this.#finder = new MainContentFinder(tape, options.content, select.length > 0);
    this.#streamed = new StreamedContent(tape, this.#attributes());
    this.#decider = new Decider(tape, this.#streamed, options);
    this.#replay = this.#openReplay();
  }

  /** The number of tags and texts so far. */
  get steps(): number {
    return this.#recorder.steps;
  }

  /** The elements that were left out so far. */
  get explanation(): readonly Cut[] {
    return this.#replay.cuts.explain(this.#recorder.tape, this.#attributes());
  }

  push(html: string): void {
    if (this.#isOver) return;
    this.#replay.allow(MOST_A_TURN);
    this.#tokenizer.write(html);
  }

  /**
   * Ends the page, and does a part of what is left.
   *
   * @param most what is read: entries of the tape; four characters of text count as one more
   * @returns whether more is left
   */
  work(most = MOST_A_TURN): boolean {
    if (this.#stage === "done") return false;
    this.#replay.allow(most);
    if (this.#stage === "recording") {
      this.#endTape();
      // Finding what is content takes a turn of its own.
      if (this.#recorder.tape.elementCount > LARGE && most < Infinity) return true;
    }
    if (this.#stage !== "again") this.#run();
    else if (this.#replay.run()) this.#replay.readNotes();
    if (this.#replay.isTired) return true;
    if (this.isScriptOnly === true) this.#readScriptOnly();
    this.#stage = this.#stage === "reading" && this.#isTooLittle() ? "again" : "done";
    if (this.#stage === "again") this.#readAgain();
    return this.#stage === "again";
  }

  /** Ends the page, and reads all that is left. */
  end(): void {
    while (this.work(Infinity));
  }

  /** Ends the tape, and decides what of it is content. */
  #endTape(): void {
    this.#stage = "reading";
    if (this.#isOver) return;
    this.#tokenizer.end();
    this.#recorder.end();
    this.#proseBefore = this.#replay.prose;
    this.#replay.isEnded = true;
    this.#isOver = true;
    if (this.#content === undefined) this.#begin(this.#finder.atEnd());
    this.#analyse();
  }

  #attributes(): TagAttributes {
    return new TagAttributes(this.#names);
  }

  #openReplay(): Replay {
    const { tape } = this.#recorder;
    const [own, slots] = [this.#attributes(), this.#attributes()];
    const readings = new Readings(tape, () => this.#attributes());
    return new Replay(tape, this.#sink, this.#decider, this.#streamed, own, slots, readings);
  }

  meta(kind: ElementKind, attributes: TagAttributes): void {
    this.#sink.meta(kind, attributes, this.#recorder.tape.allText === 0);
  }

  title(title: string): void {
    this.#sink.title(title);
  }

  script(content: string, type: string): void {
    this.#streamed.script(content);
    this.#scripts.add(content, type);
  }

  element(element: number, { name }: ElementKind, attributes: TagAttributes): void {
    this.#streamed.note(element, name, attributes);
    if (matchesAny(this.#options.select, name, attributes)) this.#finder.add(element, "selected");
    if (name === "main" || attributes.get("role") === "main") this.#finder.add(element, "main");
    else if (name === "article") this.#finder.add(element, "article");
    if (!this.#hasEmptyRoot && ROOT_ID.test(attributes.get("id") ?? "")) this.#hasEmptyRoot = true;
  }

  full(): void {
    this.isFull = true;
    this.#tokenizer.stop();
  }

  block(): void {
    if (this.#isOver || this.#stage !== "recording") return;
    if (this.#content === undefined) {
      const { allText } = this.#recorder.tape;
      if (allText === this.#lastText) return;
      this.#lastText = allText;
      const early = this.#finder.early();
      if (early === undefined) return;
      this.#decider.isEarly = true;
      this.#begin(early);
    }
    this.#run();
  }

  #begin(content: MainContent): void {
    this.#content = content;
    this.isScriptOnly = this.#isOver && this.#isRenderedByScript();
    this.#sink.begin();
    if (this.isScriptOnly) writeScriptNotice(this.#sink);
    if (content === "page") this.#replay.add(undefined);
    else if (content !== "selected") this.#replay.add(content);
  }

  /** Decides what of the content is boilerplate: at its end, and before that each time it doubles. */
  #analyse(): void {
    const content = this.#content;
    const { tape } = this.#recorder;
    if (content === undefined || content === "selected" || this.isScriptOnly === true) return;
    if (this.#options.content === "all" || this.#replay.analysis?.certain === Infinity) return;
    const root = content === "page" ? NONE : content;
    const isEnded = this.#isOver || (root !== NONE && tape.isClosed(root));
    if (!isEnded && tape.allText < this.#nextAnalysis) return;
    this.#nextAnalysis = tape.allText * 2;
    if (!Analysis.fits(tape)) {
      this.#replay.analysis = undefined;
      return;
    }
    this.#replay.analysis = new Analysis(tape, this.#decider, this.#attributes(), root, isEnded);
  }

  /** Reads on; ends the page if nothing can follow. */
  #run(): void {
    this.#analyse();
    const content = this.#content;
    while (this.#replay.run()) {
      const next = content === "selected" ? this.#finder.selected[this.#selected] : undefined;
      if (next === undefined) break;
      this.#selected += 1;
      this.#replay.add(next);
    }
    const isMain = typeof content === "number" && this.#recorder.tape.isClosed(content);
    if (!this.#isOver && !isMain) return;
    if (!this.#replay.isDone || !this.#replay.readNotes() || this.#isOver) return;
    this.#isOver = true;
    this.#tokenizer.stop();
  }

  #isRenderedByScript(): boolean {
    const { tape } = this.#recorder;
    const noscript = tape.noscripts.slice(0, 20).map((each) => textContent(tape, each, 500));
    return isRenderedByScript(tape.allText, this.#scripts, this.#hasEmptyRoot, noscript.join(" "));
  }

  /** Reads what a page without content of its own holds for clients that run no scripts. */
  #readScriptOnly(): void {
    for (const element of this.#recorder.tape.noscripts.slice(0, 20)) {
      this.#replay.addInside(element);
      this.#replay.allow(Infinity);
      this.#replay.run();
    }
    writeTexts(this.#sink, [this.#sink.description, ...this.#scripts.texts()]);
  }

  /** Whether so little of the page is left that its cuts must be wrong. */
  #isTooLittle(): boolean {
    const { tape } = this.#recorder;
    const content = this.#content;
    // Text that a client may have already can't change.
    if (this.#proseBefore > 0 || this.isScriptOnly === true || tape.allProse === 0) return false;
    const { prose } = this.#replay;
    if (prose === 0) return true;
    if (content === "selected") return false;
    const whole = typeof content === "number" ? tape.proseOf(content) : tape.allProse;
    const all = whole - (this.#replay.analysis?.cutProse ?? 0);
    return all >= LEAST_PROSE && prose < all * LEAST_SHARE;
  }

  /** Begins to read the page again, without cuts. */
  #readAgain(): void {
    this.note = "too-little-left";
    this.#decider.isLenient = true;
    this.#replay = this.#openReplay();
    this.#replay.isEnded = true;
    this.#sink.restart();
    this.#replay.add(undefined);
  }
}
