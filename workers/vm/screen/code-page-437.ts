/** The characters of IBM's code page 437, which VGA shows: symbols where ASCII has control characters. */
const LOW = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
const HIGH =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

const ASCII_FROM = 0x20;
const DELETE = 0x7f;
const HIGH_FROM = 0x80;

/** Characters by code. */
export const CODE_PAGE_437: readonly string[] = Array.from({ length: 256 }, (_, code) => {
  if (code < ASCII_FROM) return LOW[code] as string;
  if (code === DELETE) return "⌂";
  return code < HIGH_FROM ? String.fromCharCode(code) : (HIGH[code - HIGH_FROM] as string);
});
