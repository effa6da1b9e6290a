import { withoutIndex } from "../../http/index-page.ts";
import { canonicalPath } from "../../http/canonical-path.ts";
import { BoundedCache } from "../../memory/bounded-cache.ts";
import type { FeatureParts } from "../../feature/parts.ts";
import type { LedgerStore } from "../../store/store.ts";
import type { PageAbout } from "./fact.ts";
import { pageHash, type Likeness, type SampledPage } from "./page-sample.ts";
import type { CanonicalRedirectPolicy } from "./policy.ts";
import { SharedSample } from "./shared-sample.ts";
import { likeness, titleLikeness } from "./text-sketch.ts";

/** The most sites whose pages are counted. */
const MAX_SITES = 32;
/** The most targets whose state is reported. */
const MAX_OPEN = 100;
/** From here on, two titles are those of one page. */
const SAME_TITLE = 0.75;
/** From here on, two texts are those of one page. */
const SAME_TEXT = 0.5;
const MAX_EXAMPLES = 3;

type Limits = CanonicalRedirectPolicy["valve"];

/** A page with the known facts about it. */
export interface SeenPage {
  readonly page: URL;
  readonly key: string;
  readonly about?: PageAbout | undefined;
}

/** A target to which redirects only observe. */
export interface OpenValve {
  readonly target: string;
  readonly sources: number;
  readonly share: number;
  /** Seconds since the epoch. */
  readonly since: number;
  /** Paths of pages that name it. */
  readonly examples: readonly string[];
}

interface ValveParts extends Pick<FeatureParts, "now" | "log" | "rereadAfter"> {
  readonly ledger: LedgerStore;
  /** The known state of a target, by its key. */
  readonly aboutOf: (key: string) => PageAbout | undefined;
}

/** Counts the pages that name one target: if many unlike pages do, a template is wrong. */
export class Valve {
  readonly #parts: ValveParts;
  readonly #samples = new BoundedCache<SharedSample>({
    name: "canonicals",
    max: MAX_SITES,
    sizeOf: () => 100_000,
  });
  readonly #open = new Map<string, OpenValve>();

  constructor(parts: ValveParts) {
    this.#parts = parts;
  }

  /** The targets to which redirects only observe, as far as this process knows. */
  get open(): readonly OpenValve[] {
    return [...this.#open.values()];
  }

  /**
   * Notes a page, and the target that it names if any.
   *
   * @param background lets the exchange with other processes continue
   */
  see(
    seen: SeenPage,
    to: { readonly page: URL; readonly key: string } | undefined,
    background: (work: Promise<unknown>) => void,
  ): void {
    const sample = this.#sampleOf(seen.page);
    const hash = pageHash(seen.key);
    const target = to === undefined || isForm(seen.page, to.page) ? "" : pageHash(to.key);
    const before = sample.pages.get(hash);
    const isKnown = before?.target === target && before.likeness !== "open";
    const likeness =
      to === undefined ? "alike" : isKnown ? before.likeness : this.#likeness(seen.about, to.key);
    const href = seen.page.pathname + seen.page.search;
    sample.add(hash, { at: this.#parts.now(), target, likeness, href });
    const syncing = sample.sync();
    if (syncing !== undefined) background(syncing);
  }

  /** Whether redirects to a target only observe. */
  isOpen(to: { readonly page: URL; readonly key: string }, { sources: most, share: part }: Limits) {
    const { pages } = this.#sampleOf(to.page);
    const target = pageHash(to.key);
    const { sources, share } = pages.naming(target);
    const isOpen = sources >= most && share > part;
    this.#report(target, isOpen ? { to: to.page, sources, share } : undefined);
    return isOpen;
  }

  /** Whether a page is surely unlike its target, by their titles or texts. */
  isUnlike({ page, about }: SeenPage, to: { readonly page: URL; readonly key: string }): boolean {
    return !isForm(page, to.page) && this.#likeness(about, to.key) === "unlike";
  }

  /** Pages whose titles do not tell if they are unlike their target, once several name it. */
  undecided(to: { readonly page: URL; readonly key: string }): readonly string[] {
    const target = pageHash(to.key);
    const naming = [...this.#sampleOf(to.page).pages.entries()]
      .map(([, page]) => page)
      .filter((page) => page.target === target);
    if (naming.length < FEW) return [];
    return naming.flatMap(({ likeness: state, href }) =>
      state === "open" && href !== undefined ? [href] : [],
    );
  }

  #likeness(about: PageAbout | undefined, to: string): Likeness {
    const other = this.#parts.aboutOf(to);
    const [title = "", otherTitle = ""] = [about?.title, other?.title];
    if (title !== "" && otherTitle !== "" && titleLikeness(title, otherTitle) < SAME_TITLE) {
      return "unlike";
    }
    if (about?.sketch === undefined || other?.sketch === undefined) return "open";
    return likeness(about.sketch, other.sketch) < SAME_TEXT ? "unlike" : "alike";
  }

  #sampleOf({ origin }: URL): SharedSample {
    const { ledger, now, rereadAfter = 1 } = this.#parts;
    return this.#samples.getOrMake(
      origin,
      () => new SharedSample(origin, ledger, now, Math.max(1, rereadAfter)),
    );
  }

  #report(
    target: string,
    found: { readonly to: URL; readonly sources: number; readonly share: number } | undefined,
  ): void {
    const { log, now } = this.#parts;
    const before = this.#open.get(target);
    if (found === undefined) {
      if (this.#open.delete(target)) {
        log.info("canonical-valve-closed", { target: before?.target });
      }
      return;
    }
    const { to, sources, share } = found;
    const state: OpenValve = {
      target: to.href,
      sources,
      share: Math.round(share * 100) / 100,
      since: before?.since ?? now(),
      examples: before?.examples ?? this.#examples(to, target),
    };
    if (before !== undefined || this.#open.size < MAX_OPEN) this.#open.set(target, state);
    if (before === undefined) {
      const { since: _since, ...facts } = state;
      log.warn("canonical-valve-open", {
        ...facts,
        means: "many unlike pages name this canonical, so no crawler is redirected to it",
      });
    }
  }

  #examples(to: URL, target: string): string[] {
    const found: SampledPage[] = [...this.#sampleOf(to).pages.entries()]
      .map(([, page]) => page)
      .filter((page) => page.target === target && page.href !== undefined);
    return found.slice(0, MAX_EXAMPLES).map(({ href = "" }) => href);
  }
}

/** Pages that name one target from which their texts are compared. */
const FEW = 3;

/** Whether a page is another form of its target: only parameters differ, and it is no home page. */
function isForm(page: URL, to: URL): boolean {
  const [path, target] = [pathOf(page), pathOf(to)];
  return path === target && (target !== "/" || page.search === "");
}

function pathOf({ pathname }: URL): string {
  return withoutIndex(canonicalPath(pathname));
}
