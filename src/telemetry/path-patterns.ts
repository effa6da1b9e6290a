import type { PathPattern } from "../http/path-pattern.ts";
import { shapeOf } from "./path-shape.ts";
import { OTHER_PATHS } from "./settings.ts";

/** Learnt patterns, and those below one folder, at most. */
const MOST = 200;
const MOST_OF_FOLDER = 20;
/** Milliseconds after which a pattern that no request matched may make room for another. */
const IDLE = 3_600_000;

interface Folder {
  readonly shapes: Set<string>;
  /** Whether all paths below it have one pattern. */
  isFolded: boolean;
}

/**
 * The patterns of a site's paths, learnt from its responses: their shapes, or one pattern for a folder
 * with many. Their number is bounded, whatever clients request.
 */
export class LearntPatterns {
  readonly #clock: () => number;
  /** The time of the last use by pattern, the longest unused first. */
  readonly #known = new Map<string, number>();
  readonly #folders = new Map<string, Folder>();

  /** @param clock milliseconds since any fixed time */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#known.size;
  }

  /** @param teaches whether the path may add a pattern: the site has it */
  patternOf(path: string, teaches: boolean): string {
    if (!path.startsWith("/")) return OTHER_PATHS;
    const shape = shapeOf(path);
    const name = folderOf(shape);
    const pattern = this.#folders.get(name)?.isFolded === true ? `${name}*` : shape;
    if (this.#known.has(pattern)) return this.#use(pattern);
    if (!teaches) return OTHER_PATHS;
    return this.#makeRoom() ? this.#learn(name, pattern) : OTHER_PATHS;
  }

  #use(pattern: string): string {
    this.#known.delete(pattern);
    this.#known.set(pattern, this.#clock());
    return pattern;
  }

  #makeRoom(): boolean {
    if (this.#known.size < MOST) return true;
    const [oldest = "", usedAt = 0] = this.#known.entries().next().value ?? [];
    if (this.#clock() - usedAt < IDLE) return false;
    this.#forget(oldest);
    return true;
  }

  #learn(name: string, pattern: string): string {
    const folder = this.#folders.get(name) ?? { shapes: new Set(), isFolded: false };
    this.#folders.set(name, folder);
    folder.shapes.add(pattern);
    if (folder.shapes.size <= MOST_OF_FOLDER) return this.#use(pattern);
    folder.isFolded = true;
    for (const shape of folder.shapes) this.#known.delete(shape);
    folder.shapes.clear();
    folder.shapes.add(`${name}*`);
    return this.#use(`${name}*`);
  }

  #forget(pattern: string): void {
    this.#known.delete(pattern);
    const name = folderOf(pattern);
    const folder = this.#folders.get(name);
    folder?.shapes.delete(pattern);
    if (folder?.shapes.size === 0) this.#folders.delete(name);
  }
}

/** The folder of a shape: "/blog/" of "/blog/*", "/" of "/about" and of "/blog/". */
function folderOf(shape: string): string {
  return shape.slice(0, shape.lastIndexOf("/", shape.length - 2) + 1);
}

/** Combines the patterns of the rules, of which the first that matches counts, with learnt ones. */
export function pathPatterns(
  ofRules: readonly PathPattern[],
  learnt: LearntPatterns,
): (path: string, status: number | undefined) => string {
  return (path, status) => {
    const found = ofRules.find((pattern) => pattern.test(path));
    if (found !== undefined) return found.source;
    return learnt.patternOf(path, status !== undefined && status < 400);
  };
}
