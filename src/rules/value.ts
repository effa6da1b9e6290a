import type { Node } from "jsonc-parser";
import type { Document } from "./document.ts";
import { Places } from "./places.ts";
import { quote, toPointer, type Fault, type FaultCode, type PathStep } from "./fault.ts";
import { describeShape, keysOf, stepInto, type Shape } from "./shape.ts";
import { nearest } from "./suggest.ts";

/**
 * A tree as a plain value, without the keys that have faults. It checks keys itself, since the
 * schema would name only the first unknown key, and lists, which it would accept as objects.
 */
export class ReadValue {
  readonly value: unknown;
  readonly places: Places;
  /** Unknown and duplicate keys, and lists in place of objects. */
  readonly faults: Fault[] = [];
  /** Pointers whose fault is reported already. */
  readonly settled = new Set<string>();
  readonly #place: Document["place"];

  constructor(root: Node, place: Document["place"], shape: Shape) {
    this.places = new Places(place);
    this.#place = place;
    this.places.add([], root);
    this.value = this.#read(root, [], shape);
  }

  #read(node: Node, path: readonly PathStep[], shape: Shape): unknown {
    if (node.type === "object") return this.#readObject(node, path, shape);
    if (node.type !== "array") return node.value as unknown;
    if (keysOf(shape) !== undefined && shape.every(({ type }) => type !== "array")) {
      const message = `expected ${describeShape(shape)}, not a list`;
      this.#complain(node, path, "invalid-value", message);
      this.settled.add(toPointer(path));
      return undefined;
    }
    return (node.children ?? []).map((child, index) => {
      const at = [...path, index];
      this.places.add(at, child);
      return this.#read(child, at, stepInto(shape, index));
    });
  }

  #readObject(node: Node, path: readonly PathStep[], shape: Shape): unknown {
    const object: Record<string, unknown> = {};
    const known = keysOf(shape);
    for (const { children } of node.children ?? []) {
      const [key, value] = children ?? [];
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      const at = [...path, name];
      const isKnown = known?.includes(name) ?? !(name in Object.prototype);
      if (!isKnown) this.#complainUnknown(key, at, known ?? [], shape);
      else if (Object.hasOwn(object, name)) {
        this.#complain(key, at, "duplicate-key", `the key ${quote(name)} appears twice`);
      } else {
        this.places.add(at, value, key);
        object[name] = this.#read(value, at, stepInto(shape, name));
      }
    }
    return object;
  }

  #complainUnknown(
    key: Node,
    path: readonly PathStep[],
    known: readonly string[],
    shape: Shape,
  ): void {
    const name = String(key.value);
    const suggestion = nearest(name, known);
    const home = known.find((each) => keysOf(stepInto(shape, each))?.includes(name) === true);
    const hint =
      home !== undefined
        ? `; it belongs in ${quote(home)}`
        : suggestion === undefined
          ? ""
          : `; did you mean ${quote(suggestion)}?`;
    if (suggestion !== undefined) this.settled.add(toPointer([...path.slice(0, -1), suggestion]));
    this.#complain(key, path, "unknown-key", `unknown key ${quote(name)}${hint}`);
  }

  #complain(node: Node, path: readonly PathStep[], code: FaultCode, message: string): void {
    this.faults.push({ pointer: toPointer(path), ...this.#place(node.offset), code, message });
  }
}
