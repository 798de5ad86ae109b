/**
 * The parts of v86 0.5.462 that we reach into, typed as far as we use them. v86's own `.d.ts` covers the constructor
 * only. `v86-reach.test.ts` checks that every one of these is there, so that an upgrade that moves one fails by name.
 */

/** One port's handlers (v86 `src/io.js`). Empty ports share the prototype's `empty_port_*` functions. */
export interface PortEntry {
  read8: (this: unknown, port?: number) => number;
  read16: (this: unknown, port?: number) => number;
  read32: (this: unknown, port?: number) => number;
  write8: (this: unknown, value: number) => void;
  write16: (this: unknown, value: number) => void;
  write32: (this: unknown, value: number) => void;
  device: unknown;
}

export interface V86Io {
  readonly ports: PortEntry[];
  create_empty_entry(): PortEntry;
  register_read(port: number, device: object, r8?: () => number, r16?: () => number, r32?: () => number): void;
  register_write(
    port: number,
    device: object,
    w8?: (value: number) => void,
    w16?: (value: number) => void,
    w32?: (value: number) => void,
  ): void;
}

/** v86 `src/pci.js`. A device's number in these arrays is bus << 8 | slot << 3 | function. */
export interface V86Pci {
  readonly device_spaces: (Int32Array | undefined)[];
  readonly devices: ({ pci_id: number; pci_bars: ({ size: number } | undefined)[] } | undefined)[];
  /** The configuration space of the PIIX3 bridge; 0x60–0x63 route PIRQ A–D to interrupts. */
  readonly isa_bridge_space8: Uint8Array;
  raise_irq(pciId: number): void;
  lower_irq(pciId: number): void;
  pci_write8(address: number, value: number): void;
  pci_write16(address: number, value: number): void;
  pci_write32(address: number, value: number): void;
}

/** v86 `src/uart.js`. */
export interface V86Uart {
  input: number[];
  modem_control: number;
  fifo_control: number;
  ier: number;
  data_received(byte: number): void;
}

/** v86 `src/vga.js`. Addresses are in cells of two bytes, character and attribute, of `vga_memory`. */
export interface V86Vga {
  readonly graphical_mode: boolean;
  readonly max_cols: number;
  readonly max_rows: number;
  readonly start_address: number;
  /** Half the cells of a row in memory. */
  readonly offset_register: number;
  readonly cursor_address: number;
  readonly cursor_scanline_start: number;
  readonly line_compare: number;
  readonly attribute_mode: number;
  readonly vga_memory: Uint8Array;
  scan_line_to_screen_row(scanLine: number): number;
}

/** v86 `src/ps2.js`: the keyboard takes scan codes of set 1. */
export interface V86Ps2 {
  /** The guest's driver has enabled the keyboard. */
  readonly enable_keyboard_stream: boolean;
  /** Codes that the guest has not read. */
  readonly kbd_buffer: { readonly length: number };
  kbd_send_code(code: number): void;
  reset(): void;
}

/** v86 `src/ide.js`, an ATAPI drive. */
export interface V86Cdrom {
  readonly channel: { dma_status: number };
  readonly in_progress_io_ids: Map<number, AbortController>;
  set_cdrom(medium: V86Medium): void;
  atapi_check_condition_response(senseKey: number, additionalSense: number): void;
  push_irq(): void;
}

export interface V86Medium {
  readonly byteLength: number;
  get(offset: number, length: number, deliver: (data: Uint8Array) => void, options: { signal: AbortSignal }): void;
  get_state(): unknown;
  set_state(state: unknown): void;
}

/** A queue as the driver has configured it (v86 `src/virtio.js`). Addresses may come as negative 32-bit numbers. */
export interface V86Queue {
  size: number;
  enabled: boolean;
  desc_addr: number;
  avail_addr: number;
  used_addr: number;
  set_size(size: number): void;
}

export interface V86Virtio {
  pci_id: number;
  pci_space: number[];
  device_feature_select: number;
  driver_feature_select: number;
  driver_feature: Uint32Array;
  features_ok: boolean;
  device_status: number;
  config_generation: number;
  isr_status: number;
  queue_select: number;
  queue_selected: V86Queue | null;
  readonly queues: V86Queue[];
  reset(): void;
  lower_irq(): void;
}

export interface V86VirtioOptions {
  name: string;
  pci_id: number;
  device_id: number;
  subsystem_device_id: number;
  common: {
    initial_port: number;
    queues: { size_supported: number; notify_offset: number }[];
    features: readonly number[];
    on_driver_ok: () => void;
  };
  notification: { initial_port: number; single_handler: boolean; handlers: ((value: number) => void)[] };
  isr_status: { initial_port: number };
  device_specific?: {
    initial_port: number;
    struct: { bytes: number; name: string; read: () => number; write: (value: number) => void }[];
  };
}

export type V86VirtioClass = new (cpu: V86Cpu, options: V86VirtioOptions) => V86Virtio;

export interface V86Exports {
  readonly memory: WebAssembly.Memory;
  set_jit_config(index: number, value: number): void;
}

/** A live view on a field in the wasm memory (v86 `src/lib.js`, `view`). */
export interface V86View {
  [index: number]: number;
  readonly byteOffset: number;
  readonly length: number;
}

export interface V86Cpu {
  readonly io: V86Io;
  readonly bios: { main?: ArrayBuffer; vga?: ArrayBuffer };
  /** Files that the BIOS finds in QEMU's firmware configuration. */
  readonly option_roms: { name: string; data: Uint8Array }[];
  readonly devices: {
    readonly pci: V86Pci;
    readonly uart0: V86Uart;
    readonly ps2: V86Ps2;
    readonly rtc: { cmos_write(index: number, value: number): void };
    readonly vga: V86Vga;
    readonly cdrom: V86Cdrom;
    readonly virtio_net?: { virtio: { pci_id: number; constructor: V86VirtioClass } };
  };
  readonly wm: { readonly exports: V86Exports; readonly wasm_table: WebAssembly.Table };
  readonly wasm_memory: WebAssembly.Memory;
  readonly jit_imports: WebAssembly.ModuleImports;
  readonly mem8: V86View;
  readonly memory_size: V86View;
  readonly in_hlt: V86View;
  readonly flags: V86View;
  readonly cr: V86View;
  readonly protected_mode: V86View;
  readonly is_32: V86View;
  readonly stack_size_32: V86View;
  readonly segment_is_null: V86View;
  readonly segment_offsets: V86View;
  readonly segment_limits: V86View;
  readonly segment_access_bytes: V86View;
  readonly sreg: V86View;
  readonly reg32: V86View;
  readonly instruction_pointer: V86View;
  readonly instruction_counter: V86View;
  fpu_status_word: V86View;
  mxcsr: V86View;
  /** Runs the guest for about a millisecond; gives the ms that it may sleep now (0: it is busy). */
  main_loop(): number;
  /** Called by v86 when an interrupt comes in for a halted processor. */
  stop_idling(): void;
  run_hardware_timers(acpiEnabled: boolean, nowMs: number): number;
  codegen_finalize(tableIndex: number, start: number, stateFlags: number, ptr: number, length: number): void;
  codegen_finalize_finished(tableIndex: number, start: number, stateFlags: number): void;
  device_raise_irq(irq: number): void;
  device_lower_irq(irq: number): void;
  reboot_internal(): void;
  reset_cpu(): void;
  /** Copies `bios` to where the processor starts. */
  load_bios(): void;
  update_state_flags(): void;
  full_clear_tlb(): void;
  jit_dirty_cache(from: number, to: number): void;
  jit_clear_cache(): void;
  get_pic_addr_master(): number;
  get_pic_addr_slave(): number;
  zero_memory(from: number, length: number): void;
}

/** v86 `src/main.js`. */
export interface V86Machine {
  readonly cpu: V86Cpu;
  yield: (ms: number, tick: number) => void;
  register_yield: () => void;
  unregister_yield: () => void;
  init(settings: unknown): void;
  save_state(): ArrayBuffer;
  restore_state(state: ArrayBuffer): void;
}

/** v86 `src/browser/starter.js`. */
export interface V86Starter {
  v86: V86Machine;
  add_listener(event: string, listener: (value: never) => void): void;
  screen_adapter: { pause(): void };
}
