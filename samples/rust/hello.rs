//! A program for CalamOS in Rust, without its standard library: text, arguments, a panic that says where it was.
//! How it is built: samples/rust/README.md
#![no_std]
#![no_main]

use core::arch::asm;
use core::fmt::{self, Write};
use core::panic::PanicInfo;

const EXIT: usize = 0x00;
const STDOUT: usize = 0x01;
const ARGUMENTS: usize = 0x42;

/// One system call: number in rax, arguments in rcx, rdx and rdi, result in rax; all else is preserved.
unsafe fn call(number: usize, a: usize, b: usize, c: usize) -> isize {
    let result: isize;
    asm!("int 0x80", inlateout("rax") number as isize => result, in("rcx") a, in("rdx") b, in("rdi") c,
         options(nostack, preserves_flags));
    result
}

struct Display;

impl Write for Display {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let written = unsafe { call(STDOUT, text.as_ptr() as usize, text.len(), 0) };
        if written == text.len() as isize { Ok(()) } else { Err(fmt::Error) }
    }
}

fn exit(status: usize) -> ! {
    loop {
        unsafe { call(EXIT, status, 0, 0) };
    }
}

/// The arguments as the kernel gives them: a u32 count, then a u32 length and the bytes of each.
struct Arguments<'a> {
    rest: &'a [u8],
}

impl<'a> Arguments<'a> {
    fn new(block: &'a mut [u8]) -> Self {
        let size = unsafe { call(ARGUMENTS, block.as_mut_ptr() as usize, block.len(), 0) };
        assert!(size >= 4 && size as usize <= block.len(), "the arguments take {} bytes", size);
        Arguments { rest: &block[4..size as usize] }
    }
}

impl<'a> Iterator for Arguments<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (length, rest) = self.rest.split_at(4);
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let (text, rest) = rest.split_at(length);
        self.rest = rest;
        Some(core::str::from_utf8(text).expect("an argument that is not UTF-8"))
    }
}

fn main() -> Result<usize, fmt::Error> {
    let mut block = [0; 4096];
    let mut count = 0;
    writeln!(Display, "Hello, CalamOS")?;
    for argument in Arguments::new(&mut block).skip(1) {
        count += 1;
        match argument.parse::<f64>() {
            Ok(number) => writeln!(Display, "{:>3}: {} squared is {:.3}", count, number, number * number)?,
            Err(error) => writeln!(Display, "{:>3}: {:?}: {}", count, argument, error)?,
        }
    }
    Ok(count)
}

#[no_mangle]
extern "C" fn _start() -> ! {
    exit(main().unwrap())
}

/// Debian's libcore is compiled for unwinding and asks for this; nothing unwinds here.
#[no_mangle]
extern "C" fn rust_eh_personality() {}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let _ = writeln!(Display, "{}", info);
    exit(101)
}
