import type { Params } from "./structured-field.ts";

/** A component identifier (RFC 9421 §2); `text` is its strict serialisation. */
export interface Component {
  readonly name: string;
  readonly params: Params;
  readonly text: string;
}

export interface ComponentAbsent {
  readonly reason: "unsupported-component" | "component-unavailable";
}

export const UNSUPPORTED: ComponentAbsent = { reason: "unsupported-component" };
export const UNAVAILABLE: ComponentAbsent = { reason: "component-unavailable" };
