import type { RefusedRules } from "../../../admin/health.ts";
import type { RulesText } from "../../rules-in-force.ts";

/** The version of the calls between the first process and the others, which may have newer code. */
export const PROTOCOL = 1;

/** The variable by which a process knows that it is one of several: its number. */
export const NUMBER = "WAYLEAVE_PROCESS";

/** The facts with which a process starts. */
export interface Beginning {
  /** The rules in force. */
  readonly rules: RulesText;
  /** The newest rules, if they were refused. */
  readonly refused: RefusedRules | null;
  /** The number of processes, among which memory is divided. */
  readonly processes: number;
  /** The address of the demo site, which the first process serves. @default none */
  readonly demoOrigin?: string | undefined;
  /** Whether another process has logged the warnings about the configuration. */
  readonly isFurther: boolean;
  /** Secret: the key of TLS session tickets, in base64; absent from an older first process. */
  readonly ticketKey?: string | undefined;
}

/** Said by a process that serves. */
export interface Serving {
  readonly protocol: number;
  readonly url: string;
  readonly operatorUrl?: string | undefined;
  /** The version of the program. */
  readonly version: string;
}

/** How a process ends. */
export interface ProcessEnding {
  /** Milliseconds for the responses under way. */
  readonly grace: number;
  /** Milliseconds for which connections wait for one more request. */
  readonly patience: number;
}

/** The report of one process. */
export interface ProcessReport<Report> {
  readonly pid: number;
  readonly report: Report;
}

/** The reports of all processes, and those that did not answer in time. */
export interface Gathered<Report> {
  readonly reports: readonly ProcessReport<Report>[];
  readonly silent: readonly number[];
}
