import type { RequestEvent } from "../event.ts";
import { MEASURES, OTHER } from "../../store/history.ts";
import { addNumbers, Durations, writeNumbers } from "./numbers.ts";
import { Occasions } from "./occasions.ts";
import type { RequestShape } from "./shape.ts";
import { ShapeTree } from "./shape-tree.ts";

/** Shapes, and paths between two drains, at most; the rest counts as "other". */
const MOST_SHAPES = 4000;
const MOST_PATHS = 4000;
/** Hosts of one shape, at most: clients choose them. */
const MOST_HOSTS = 20;
/** Characters of a path and of a host, at most. */
const LONGEST_PATH = 256;
const LONGEST_HOST = 100;

/** A few sums in memory, of which there are a bounded number, to which each request is added once. */
export class Counts {
  /** By the kind of agent. */
  readonly durations = new Map<string, Durations>();
  /** By the name of the origin server; "" for the one without. */
  readonly originDurations = new Map([["", new Durations()]]);
  readonly occasions: Occasions = new Occasions();
  /** Requests without a response, since the start, by the name of the origin server and the cause. */
  readonly originFaults = new Map<string, Map<string, number>>();
  readonly violations = new Map<string, number>();
  /** Since the start, in millionths of the currency. */
  readonly charged = new Map<string, number>();
  /** Responses since the start by their part in dictionary compression. */
  readonly dictionaries = { offered: 0, used: 0, advertised: 0 };
  /** Requests since the start whose dictionary was not used, by the reason. */
  readonly unusedDictionaries = new Map<string, number>();
  readonly #shapes = new ShapeTree(MOST_SHAPES);
  readonly #numbers = new Float64Array(MEASURES.length);
  #paths = 0;

  /** All shapes since the start. */
  get shapes(): Iterable<RequestShape> {
    return this.#shapes.all;
  }

  /** @param hasDetails whether its path, its host and other details are counted, for the history */
  add(event: RequestEvent, hasDetails: boolean): void {
    const numbers = this.#numbers;
    const { access, durations, cause, dictionary, violation } = event;
    writeNumbers(event, access, numbers);
    const shape = this.#shapes.shapeOf(event, access);
    addNumbers(shape.total, numbers);
    shape.isChanged = true;
    durationsOf(this.durations, shape.values.kind).add(durations.total);
    const { originName = "" } = event;
    if (durations.origin !== undefined) {
      durationsOf(this.originDurations, originName).add(durations.origin);
    }
    if (cause?.kind === "origin") count(faultsOf(this.originFaults, originName), cause.code, 1);
    if (violation !== undefined) count(this.violations, shape.values.agent, 1);
    const charged = access?.charged;
    if (charged !== undefined) count(this.charged, charged.currency, charged.micros);
    if (dictionary !== undefined) {
      this.dictionaries.offered += Number(dictionary.offered);
      this.dictionaries.used += Number(dictionary.used);
      this.dictionaries.advertised += Number(dictionary.advertised);
      const isUnused = dictionary.offered && !dictionary.used;
      if (isUnused) count(this.unusedDictionaries, dictionary.reason, 1);
    }
    if (hasDetails) this.#addDetails(event, shape);
  }

  /** Begins a new interval for paths. */
  pathsDrained(): void {
    this.#paths = 0;
  }

  #addDetails(event: RequestEvent, shape: RequestShape): void {
    const numbers = this.#numbers;
    const pathname = cutTo(event.path, LONGEST_PATH);
    let cell = shape.paths.get(pathname);
    if (cell === undefined) {
      const { pattern } = event;
      const isOver = ++this.#paths > MOST_PATHS;
      const path = isOver ? OTHER : pathname;
      // A path begins with "/", so this is none.
      const key = isOver ? `other ${pattern}` : pathname;
      cell = shape.paths.get(key) ?? { path, pattern, numbers: zeros() };
      shape.paths.set(key, cell);
    }
    addNumbers(cell.numbers, numbers);
    addNumbers(shape.hosts.get(event.host) ?? hostIn(shape, event.host), numbers);
    this.occasions.take(event, shape.values, cell.pattern, pathname, numbers);
  }
}

function durationsOf(by: Map<string, Durations>, name: string): Durations {
  let found = by.get(name);
  if (found === undefined) by.set(name, (found = new Durations()));
  return found;
}

/** Names are those of the rules, so their number is the operator's. */
function faultsOf(by: Map<string, Map<string, number>>, name: string): Map<string, number> {
  let found = by.get(name);
  if (found === undefined) by.set(name, (found = new Map()));
  return found;
}

/** The sums of a host; beyond the bound, those of all others. */
function hostIn({ hosts }: RequestShape, named: string): Float64Array {
  const host = hosts.size >= MOST_HOSTS ? OTHER : cutTo(named, LONGEST_HOST);
  let sums = hosts.get(host);
  if (sums === undefined) hosts.set(host, (sums = zeros()));
  return sums;
}

function zeros(): Float64Array {
  return new Float64Array(MEASURES.length);
}

/** Values of a map of counts, at most. */
const MOST_COUNTS = 500;

function count(counts: Map<string, number>, name: string, by: number): void {
  const key = counts.has(name) || counts.size < MOST_COUNTS ? name : OTHER;
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Longer texts are one: a part of them would be another resource. */
function cutTo(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
