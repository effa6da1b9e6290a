// The positions of a block at which the parser may start or end a copy. Positions inside a long
// copy are left out, so that a delta of megabytes has few of them.
export const NODE_SIZE: u32 = 72;
export let nodes: usize = 0;
/** Number of positions; one more node stands for the end of the block. */
export let nodeCount: u32 = 0;
export const UNREACHED: u32 = u32.MAX_VALUE;

export function nodesAt(area: usize): void {
  nodes = area;
}
export function setNodeCount(count: u32): void {
  nodeCount = count;
}

/** One position. Costs are in 1/256 bit. */
@unmanaged
export class Node {
  at: usize;
  /** Cheapest way to end a copy here, and that command. */
  cost: u32;
  start: u32;
  copy: u32;
  distance: u32;
  /** Sum of the costs of all literals before. */
  literals: u32;
  /** Matches found here: from this address to the next node's. */
  matches: usize;
  /** The longest copy that covers this position, whether found here or at a neighbour. */
  farLength: u32;
  farDistance: u32;
  /** A static word here: bytes of text, coded length, distance. */
  wordText: u32;
  wordCoded: u32;
  wordDistance: u32;
  /** Coded length of the static word that ends here on the cheapest path; 0 for a copy. */
  coded: u32;
  /** Next node on the chosen path. */
  next: u32;
  /** Ring of distances after the copy that ends here. */
  ring0: u32;
  ring1: u32;
  ring2: u32;
  ring3: u32;
}

// @ts-ignore: decorator
@inline
export function nodeAt(index: u32): Node {
  return changetype<Node>(nodes + usize(index) * NODE_SIZE);
}
// @ts-ignore: decorator
@inline
export function ringOf(node: Node): usize {
  return changetype<usize>(node) + offsetof<Node>("ring0");
}
