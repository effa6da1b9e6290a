declare module "parse-prometheus-text-format" {
  /** The families of a text, with numbers as texts. */
  export default function parsePrometheus(text: string): unknown;
}
