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
    const path = this.#path;
    path[0] = agent.name;
    path[1] = agent.verdict;
    path[2] = agent.evidence;
    path[3] = status;
    path[4] = cache;
    path[5] = access?.action;
    path[6] = type;
    let branch: Branch | undefined = this.#root;
    for (let i = 0; i < path.length && branch !== undefined; i++)
      branch = branch.next?.get(path[i]);
    return branch?.shape ?? this.#add(event);
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
