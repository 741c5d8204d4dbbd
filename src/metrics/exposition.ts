// Metrics as text: Prometheus text format 0.0.4, or OpenMetrics 1.0.0 with exemplars.

export type Format = "text" | "openmetrics";

export const contentTypes: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly values: readonly Sample[];
}

export interface Sample {
  readonly value: number;
  /** A number is the upper bound of a bucket. */
  readonly labels: Readonly<Record<string, string | number>>;
  /** Where it differs from the family's name: `_bucket`, `_sum`, `_count`. */
  readonly metricName?: string;
  /** null: as prom-client has it of its own histograms. */
  readonly exemplar?: Exemplar | null;
}

export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

/**
 * The format that a scraper asks for in its Accept header (RFC 9110, section 12.5.1): OpenMetrics where
 * it is named and not liked less than plain text.
 */
export function negotiate(accept: string): Format {
  const openMetrics = qualityOf(accept, "application/openmetrics-text");
  const text = qualityOf(accept, "text/plain") ?? 0;
  return openMetrics !== undefined && openMetrics > 0 && openMetrics >= text
    ? "openmetrics"
    : "text";
}

function qualityOf(accept: string, mediaType: string): number | undefined {
  let best: number | undefined;
  for (const range of accept.split(",")) {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (type !== mediaType) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    if (Number.isFinite(quality)) best = Math.max(best ?? 0, quality);
  }
  return best;
}

export function writeExposition(families: readonly Family[], format: Format): string {
  const lines: string[] = [];
  for (const family of families) writeFamily(lines, family, format);
  if (format === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

function writeFamily(lines: string[], family: Family, format: Format): void {
  const { help, type, values } = family;
  const isCounter = type === "counter" && format === "openmetrics";
  // In OpenMetrics `_total` belongs to the sample and not to the family.
  const name = isCounter ? family.name.replace(/_total$/, "") : family.name;
  lines.push(`# HELP ${name} ${escapeHelp(help, format)}`, `# TYPE ${name} ${type}`);
  for (const sample of values) {
    const sampleName = sample.metricName ?? (isCounter ? `${name}_total` : name);
    const exemplar = format === "openmetrics" ? exemplarOf(sample) : "";
    lines.push(
      `${sampleName}${labelsOf(sample.labels, format)} ${numberOf(sample.value)}${exemplar}`,
    );
  }
}

function exemplarOf({ exemplar }: Sample): string {
  if (exemplar === undefined || exemplar === null) return "";
  const { labels, value, timestamp } = exemplar;
  return ` # ${labelsOf(labels, "openmetrics")} ${numberOf(value)} ${timestamp}`;
}

function labelsOf(labels: Sample["labels"], format: Format): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeLabel(labelValue(value, format))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** In OpenMetrics the bound of a bucket is a float in its canonical form. */
function labelValue(value: string | number, format: Format): string {
  if (typeof value === "string") return value;
  return format === "openmetrics" && Number.isInteger(value) ? `${value}.0` : String(value);
}

function numberOf(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');
}

/** Quotes are escaped in OpenMetrics only. */
function escapeHelp(text: string, format: Format): string {
  const escaped = text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
  return format === "openmetrics" ? escaped.replace(/"/g, '\\"') : escaped;
}
