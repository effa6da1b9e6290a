import { ExchangeValue } from "./exchange-value.ts";

/** "robots" if the robots.txt in force forbids the agent, a known bot, the target that it requests. */
export const violationOf = new ExchangeValue<"robots">();
