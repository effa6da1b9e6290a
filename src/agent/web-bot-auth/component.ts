import type { Params } from "./structured-field.ts";

/** A component identifier (RFC 9421 §2); `text` is its strict serialisation. */
export interface Component {
  readonly name: string;
  readonly params: Params;
  readonly text: string;
}

export interface ComponentAbsent {
  readonly kind: "fault";
  readonly reason: "unsupported-component" | "component-unavailable";
}

export type ComponentValue = { readonly kind: "value"; readonly value: string } | ComponentAbsent;

export const UNSUPPORTED: ComponentAbsent = { kind: "fault", reason: "unsupported-component" };
export const UNAVAILABLE: ComponentAbsent = { kind: "fault", reason: "component-unavailable" };
