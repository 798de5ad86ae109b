/** Where in an instance a web page is. */
export interface Address {
  readonly port: number;
  /** With its query and fragment. */
  readonly path: string;
}
