import type { RequestEvent } from "../event.ts";
import { OTHER_SHAPE, RequestShape, shapeValuesOf } from "./shape.ts";

type Part = string | number | undefined;

/**
 * Finds shapes by the values that tell them apart, one after the other: all are texts that exist
 * already, so that no request makes a key.
 */
export class ShapeTree {
  readonly #shapes: RequestShape[] = [];
  readonly #root: Branch = {};
  readonly #path: Part[] = [];
  /** The shape of the last request, whose values are those of `#path`. */
  #last: RequestShape | undefined;
  readonly #most: number;
  #others: RequestShape | undefined;

  /** @param most shapes; all further requests have one in common */
  constructor(most: number) {
    this.#most = most;
  }

  get all(): readonly RequestShape[] {
    return this.#shapes;
  }

  shapeOf(event: RequestEvent, access: RequestEvent["access"]): RequestShape {
    const { agent, status, cache, type } = event;
    const { name, verdict, evidence } = agent;
    const action = access?.action;
    const path = this.#path;
    const isSame =
      path[0] === name &&
      path[1] === verdict &&
      path[2] === evidence &&
      path[3] === status &&
      path[4] === cache &&
      path[5] === action &&
      path[6] === type;
    if (isSame && this.#last !== undefined) return this.#last;
    path[0] = name;
    path[1] = verdict;
    path[2] = evidence;
    path[3] = status;
    path[4] = cache;
    path[5] = action;
    path[6] = type;
    return (this.#last = this.#find() ?? this.#add(event));
  }

  #find(): RequestShape | undefined {
    let branch: Branch | undefined = this.#root;
    for (let i = 0; i < this.#path.length && branch !== undefined; i++)
      branch = branch.next?.get(this.#path[i]);
    return branch?.shape;
  }

  #add(event: RequestEvent): RequestShape {
    const isFull = this.#shapes.length >= this.#most;
    if (isFull && this.#others !== undefined) return this.#others;
    const shape = new RequestShape(isFull ? OTHER_SHAPE : shapeValuesOf(event));
    this.#shapes.push(shape);
    if (isFull) {
      this.#others = shape;
      return shape;
    }
    let branch: Branch = this.#root;
    for (const part of this.#path) {
      branch.next ??= new Map();
      let next = branch.next.get(part);
      if (next === undefined) branch.next.set(part, (next = {}));
      branch = next;
    }
    branch.shape = shape;
    return shape;
  }
}

interface Branch {
  next?: Map<Part, Branch>;
  shape?: RequestShape;
}
