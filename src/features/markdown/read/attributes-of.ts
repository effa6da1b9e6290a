import type { TagAttributes } from "../stream/attributes.ts";
import type { Tape } from "./tape.ts";

/** Reads the attributes of elements; once for all who ask about the same element. */
export class AttributesOfElements {
  readonly #tape: Tape;
  readonly #attributes: TagAttributes;
  #element = -1;

  constructor(tape: Tape, attributes: TagAttributes) {
    this.#tape = tape;
    this.#attributes = attributes;
  }

  /** The attributes of an element; valid until those of another one are read. */
  of(element: number): TagAttributes {
    if (this.#element !== element) this.#tape.readAttributes(element, this.#attributes);
    this.#element = element;
    return this.#attributes;
  }
}
