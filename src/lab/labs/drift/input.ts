/** The build of an image, in place of a program. */
export interface ImageInput {
  /** Of `module`. */
  readonly dockerfile: string;
  /** NAME=FOLDER, or NAME=docker-image://IMAGE. */
  readonly contexts: readonly string[];
}

/** What `ballast lab drift` is asked for, as plain JSON: it is kept beside the raw values. */
export interface DriftInput {
  /** Of chance; names the folder that the copies lie in, which must be the same after a resume: it is in binaries. */
  readonly place: string;
  /** The folder in which `go build` is run. */
  readonly module: string;
  /** Empty: the only main package there is. */
  readonly package: string;
  /** As `--factor` has them; none: all that apply. */
  readonly factors: readonly string[];
  /** Flags that every build has. */
  readonly buildFlags: readonly string[];
  readonly screens: boolean;
  readonly noise: number;
  /** Whether to look where binaries differ. */
  readonly locates: boolean;
  /** Absent, or `null` in what is kept: a program is built. */
  readonly image?: ImageInput | null;
}
