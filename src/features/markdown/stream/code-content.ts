import type { Attributes } from "./attributes.ts";
import { languageInClass } from "./code-languages.ts";
import type { ElementKind } from "./elements.ts";
import type { Closer } from "./renderer.ts";
import type { Renderer } from "./renderer.ts";
import type { CodeBlock } from "./code.ts";
import type { ClassTraits } from "./visibility.ts";

/** Sets the language of code blocks inside, from the class of an element around them. */
export function openLanguage(page: Renderer, traits: ClassTraits | undefined): Closer {
  if (traits === undefined || traits.language === "") return undefined;
  page.languages.push(traits.language);
  return () => {
    page.languages.pop();
  };
}

/** Starts a code block. */
export function openPre(
  page: Renderer,
  attributes: Attributes,
  traits: ClassTraits | undefined,
): Closer {
  const { writer } = page;
  if (writer.isInCell && writer.table?.isLikelyLayout === true) writer.leaveCell();
  const named =
    attributes.get("data-language") ?? attributes.get("data-lang") ?? attributes.get("lang");
  const written = traits?.language || cleanName(named) || page.languages.at(-1);
  const language = written || languageInClass(attributes.get("class") ?? "");
  return writer.openCode(language);
}

function cleanName(name: string | undefined): string {
  return name !== undefined && /^[\w+#.-]{1,30}$/.test(name) ? name.toLowerCase() : "";
}

/** Starts an element inside a code block, of which only lines and the language matter. */
export function openInCode(
  page: Renderer,
  kind: ElementKind,
  attributes: Attributes,
  traits: ClassTraits | undefined,
): Closer {
  const code = page.writer.code as CodeBlock;
  if (kind.role === "inline") return undefined;
  if (kind.role === "break") code.append("\n");
  else if (kind.role === "image") code.append(attributes.get("alt") ?? "");
  else if (kind.isBlock && kind.role !== "cell") {
    code.endLine();
    return () => code.endLine();
  } else if (kind.name === "code" && code.language === "") {
    code.language = traits?.language || cleanName(attributes.get("data-lang")) || "";
  }
  return undefined;
}
