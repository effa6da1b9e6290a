export interface PageParts {
  readonly path: string;
  readonly title: string;
  readonly lang: string;
  /** The meta elements that declare the encoding. */
  readonly charset: string;
  readonly breadcrumb: string;
  readonly direction?: "rtl";
  readonly main: string;
}

/** A page with the header, navigation and footer of the pages written by hand; all of it but `parts` is ASCII. */
export function page(parts: PageParts): string {
  const direction = parts.direction === undefined ? "" : ` dir="${parts.direction}"`;
  return `<!doctype html>
<html lang="${parts.lang}"${direction}>
<head>
  ${parts.charset}
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${parts.title}</title>
  <link rel="canonical" href="${parts.path}">
  <link rel="icon" href="/images/lantern.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/site.css">
</head>
<body>
  <a class="skip" href="#content">Skip to content</a>
  <header class="site-header">
    <a class="brand" href="/">Lantern</a>
    <nav aria-label="Main">
      <ul>
        <li><a href="/guide/">Guide</a></li>
        <li><a href="/reference/cli/">CLI</a></li>
        <li><a href="/reference/api/">API</a></li>
      </ul>
    </nav>
  </header>
  <nav class="breadcrumb" aria-label="Breadcrumb">
    <ol>
      <li><a href="/">Home</a></li>
${parts.breadcrumb}
    </ol>
  </nav>
  <div class="columns">
    <main id="content">
      <article>
${parts.main}
      </article>
    </main>
  </div>
  <footer class="site-footer">
    <p>Lantern is an invented product. Its documentation is written for tests and demonstrations, under the MIT licence.</p>
  </footer>
</body>
</html>
`;
}
