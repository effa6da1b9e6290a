import type { Panel } from "../panel.ts";
import { ACCESS } from "./access.ts";
import { AGENTS } from "./agents.ts";
import { CONTENT } from "./content.ts";
import { DELIVERY } from "./delivery.ts";
import { TRAFFIC } from "./traffic.ts";

/** All panels, in the order of their views. */
export const PANELS: readonly Panel[] = [...TRAFFIC, ...AGENTS, ...CONTENT, ...ACCESS, ...DELIVERY];
