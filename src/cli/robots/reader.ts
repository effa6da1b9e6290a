import robotsParser from "robots-parser";
import type { ReadRobots } from "../../rules/robots/parity.ts";

/** The module is CommonJS: its one export is the function. */
const parse = robotsParser as unknown as (
  url: string,
  text: string,
) => { isAllowed(url: string, agent: string): boolean | undefined };

/** Reads a robots.txt with robots-parser, which shares no code with the compiler. */
export const readIndependently: ReadRobots = (text, site) => {
  const robots = parse(`${site}/robots.txt`, text);
  return (agent, target) => robots.isAllowed(site + target, agent) === false;
};
