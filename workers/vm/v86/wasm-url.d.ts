/** Vite gives an asset's address for an import that ends in `?url`. */
declare module "*?url" {
  const url: string;
  export default url;
}
