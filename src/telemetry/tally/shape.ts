import { MEASURES, OTHER } from "../../store/history.ts";
import type { RequestEvent } from "../event.ts";

/** Values of a request of which there are a bounded number, as texts; "" if there is none. */
export interface ShapeValues {
  /** A name of the bot table, "anonymous", or "unlisted" for a verified agent that the table lacks. */
  readonly agent: string;
  readonly operator: string;
  readonly category: string;
  /** Joined by "+". */
  readonly behaviours: string;
  readonly kind: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly status: string;
  /** E.g. "2xx"; "none" if no head was sent. */
  readonly code: string;
  readonly cache: string;
  /** The action of `access`. */
  readonly access: string;
  /** The media type of the response. */
  readonly type: string;
}

/** Requests that agree in these values, and the sums of their numbers. */
export class RequestShape {
  readonly values: ShapeValues;
  /** The sums since the start of the process, in the order of MEASURES. */
  readonly total: Float64Array = new Float64Array(MEASURES.length);
  /** The sums when they were last drained. */
  readonly drained: Float64Array = new Float64Array(MEASURES.length);
  /** Sums since they were last drained, by path. */
  readonly paths = new Map<string, PathCell>();
  readonly hosts = new Map<string, Float64Array>();
  isChanged = false;

  constructor(values: ShapeValues) {
    this.values = values;
  }

  /** The numbers that were added since the last call. */
  drain(): number[] {
    const numbers = Array.from(this.total, (value, i) => value - (this.drained[i] ?? 0));
    this.drained.set(this.total);
    this.isChanged = false;
    return numbers;
  }
}

/** Sums for one path. */
export interface PathCell {
  readonly path: string;
  readonly pattern: string;
  readonly numbers: Float64Array;
}

export function shapeValuesOf({ agent, status, cache, access, type }: RequestEvent): ShapeValues {
  const { kind, verdict, name, operator = "", category = "", behaviours, evidence = "" } = agent;
  return {
    agent: name ?? (kind === "anonymous" ? "anonymous" : "unlisted"),
    operator,
    category,
    behaviours: behaviours.join("+"),
    kind,
    verdict,
    evidence,
    status: status === undefined ? "" : String(status),
    code: codeClassOf(status),
    cache,
    access: access?.action ?? "",
    type: cutType(type ?? ""),
  };
}

/** The shape for all requests beyond the bound of shapes. */
export const OTHER_SHAPE: ShapeValues = {
  agent: OTHER,
  operator: OTHER,
  category: OTHER,
  behaviours: OTHER,
  kind: OTHER,
  verdict: OTHER,
  evidence: OTHER,
  status: OTHER,
  code: OTHER,
  cache: OTHER,
  access: OTHER,
  type: OTHER,
};

function codeClassOf(status: number | undefined): string {
  return status === undefined ? "none" : `${Math.floor(status / 100)}xx`;
}

/** Characters of a media type, at most: an origin server may send any. */
const LONGEST_TYPE = 64;

function cutType(type: string): string {
  return type.length > LONGEST_TYPE ? OTHER : type;
}
