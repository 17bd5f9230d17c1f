/** What an experiment reports, apart from how it is shown: sections of text, tables and plots. */

export interface ReportDocument {
  readonly title: string;
  /** The answer in one or two sentences; stands first. */
  readonly verdict: string;
  /** What was measured on what. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly sections: readonly DocumentSection[];
}

export interface DocumentSection {
  readonly title: string;
  readonly blocks: readonly DocumentBlock[];
}

export type DocumentBlock =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "table";
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  /** What a program printed, or lines that must not be filled. */
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  /** Shown in HTML only; what it shows must stand in a table or a text as well. */
  | { readonly kind: "plot"; readonly plot: Plot };

export type Plot = IntervalPlot | StripPlot | LinePlot | MatrixPlot;

interface PlotBase {
  readonly title: string;
  /** What the axis of values shows, with its unit. */
  readonly axis: string;
  /** `share` prints percentages on a scale from 0 to 100 %. */
  readonly scale: "linear" | "log" | "share";
}

/** A value with its interval in each row. */
export interface IntervalPlot extends PlotBase {
  readonly kind: "intervals";
  readonly rows: readonly {
    readonly label: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Every single value of each group as a point, and the group's median as a line. */
export interface StripPlot extends PlotBase {
  readonly kind: "strips";
  readonly groups: readonly { readonly label: string; readonly values: readonly number[] }[];
}

/** Values over an x axis, one line for each series. */
export interface LinePlot extends PlotBase {
  readonly kind: "lines";
  readonly xAxis: string;
  readonly series: readonly { readonly label: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

/** A shade in each field of a table; `undefined` is an empty field. Values are from 0 to 1. */
export interface MatrixPlot extends PlotBase {
  readonly kind: "matrix";
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | undefined)[])[];
}
