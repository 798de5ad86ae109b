/**
 * What a BIOS would leave behind for Linux: a few bytes of x86 code that speak APM 1.2, so that the guest can power off.
 *
 * The kernel far-calls it in 32-bit protected mode (Linux `arch/x86/kernel/apm_32.c`), function in AX:
 * 0x530E driver version, 0x530B get event (there is never one: CF, AH = 0x80), 0x5307 set power state; the rest
 * succeed without effect. Power off is "Shutdown" written to port 0x8900, as Bochs' and QEMU's BIOS do it.
 */
export const APM_SEGMENT = 0xf000;
const MESSAGE = "Shutdown";

export const APM_CODE: Uint8Array = (() => {
  const code = [
    ...[0x66, 0x3d, 0x0e, 0x53], //       cmp  ax, 530Eh
    ...[0x74, 0x1f], //                   je   version
    ...[0x66, 0x3d, 0x0b, 0x53], //       cmp  ax, 530Bh
    ...[0x74, 0x1f], //                   je   no_event
    ...[0x66, 0x3d, 0x07, 0x53], //       cmp  ax, 5307h
    ...[0x75, 0x06], //                   jne  success
    ...[0x66, 0x83, 0xf9, 0x03], //       cmp  cx, 3
    ...[0x74, 0x04], //                   je   off
    ...[0x30, 0xe4, 0xf8, 0xcb], // success: xor ah, ah ; clc ; retf
    ...[0x66, 0xba, 0x00, 0x89], // off:  mov  dx, 8900h
    ...[...MESSAGE].flatMap((letter) => [0xb0, letter.charCodeAt(0), 0xee]), // mov al, letter ; out dx, al
    ...[0xf4, 0xeb, 0xfd], //             hlt ; jmp $-1
    ...[0x66, 0xb8, 0x02, 0x01, 0xf8, 0xcb], // version: mov ax, 0102h ; clc ; retf
    ...[0xb4, 0x80, 0xf9, 0xcb], // no_event: mov ah, 80h ; stc ; retf
  ];
  // The two forward jumps, from the end of each instruction.
  const version = code.length - 10;
  code[5] = version - 6;
  code[11] = version + 6 - 12;
  return Uint8Array.from(code);
})();

/** `struct apm_bios_info` (Linux `include/uapi/linux/apm_bios.h`). */
export function apmBiosInfo(): Uint8Array {
  const info = new DataView(new ArrayBuffer(20));
  const APM_32_BIT_SUPPORT = 2;
  info.setUint16(0, 0x0102, true); // version
  info.setUint16(2, APM_SEGMENT, true); // cseg
  info.setUint32(4, 0, true); // offset
  info.setUint16(8, APM_SEGMENT, true); // cseg_16
  info.setUint16(10, APM_SEGMENT, true); // dseg
  info.setUint16(12, APM_32_BIT_SUPPORT, true); // flags
  info.setUint16(14, 0xffff, true); // cseg_len
  info.setUint16(16, 0xffff, true); // cseg_16_len
  info.setUint16(18, 0xffff, true); // dseg_len
  return new Uint8Array(info.buffer);
}
