// Functions that every compiled .coil brings along, for what takes several instructions; LLVM drops
// those that are not called.
#pragma once

namespace cmos::casm::native {

/// CEIL, FLOOR, ROUND to even and TRUNC by their numbers, as bytecode does them (a zero keeps the
/// sign of what was rounded); blocks of memory,
/// byte by byte, also where they overlap.
inline constexpr const char* kPrelude = R"(
define internal double @coil.round(double %x, i64 %kind) #0 {
  %out = call double @coil.rounded(double %x, i64 %kind)
  %zero = fcmp oeq double %out, 0.0
  %positive = fcmp ogt double %x, 0.0
  %plain = xor i1 %zero, true
  %keeps = or i1 %plain, %positive
  %signed = select i1 %keeps, double %out, double -0.0
  %same = fcmp oeq double %x, 0.0
  %result = select i1 %same, double %x, double %signed
  ret double %result
}

define internal double @coil.rounded(double %x, i64 %kind) #0 {
  %whole = call i64 @llvm.fptosi.sat.i64.f64(double %x)
  %nan = fcmp uno double %x, %x
  %low = icmp eq i64 %whole, -9223372036854775808
  %high = icmp eq i64 %whole, 9223372036854775807
  %far = or i1 %low, %high
  %out = sitofp i64 %whole to double
  %same = fcmp oeq double %out, %x
  %a = or i1 %nan, %far
  %stays = or i1 %a, %same
  br i1 %stays, label %keep, label %goes
keep:
  ret double %x
goes:
  %rest = fsub double %x, %out
  %more = fadd double %out, 1.0
  %less = fsub double %out, 1.0
  switch i64 %kind, label %done [ i64 0, label %up
                                  i64 1, label %down
                                  i64 2, label %nearest ]
up:
  %negative = fcmp olt double %rest, 0.0
  %upped = select i1 %negative, double %out, double %more
  ret double %upped
down:
  %positive = fcmp ogt double %rest, 0.0
  %downed = select i1 %positive, double %out, double %less
  ret double %downed
nearest:
  %above = fcmp ogt double %rest, 0.0
  %flipped = fsub double 0.0, %rest
  %size = select i1 %above, double %rest, double %flipped
  %beyond = select i1 %above, double %more, double %less
  %half = fcmp oeq double %size, 0.5
  %over = fcmp ogt double %size, 0.5
  %low.bit = and i64 %whole, 1
  %odd = icmp ne i64 %low.bit, 0
  %tie = and i1 %half, %odd
  %away = or i1 %over, %tie
  %rounded = select i1 %away, double %beyond, double %out
  ret double %rounded
done:
  ret double %out
}

define internal void @coil.copy(i64 %to, i64 %from, i64 %count) #0 {
entry:
  %ahead = icmp slt i64 %to, %from
  %step = select i1 %ahead, i64 1, i64 -1
  %last = sub i64 %count, 1
  %skip = select i1 %ahead, i64 0, i64 %last
  %to.first = add i64 %to, %skip
  %from.first = add i64 %from, %skip
  br label %again
again:
  %t = phi i64 [ %to.first, %entry ], [ %t.next, %one ]
  %f = phi i64 [ %from.first, %entry ], [ %f.next, %one ]
  %n = phi i64 [ %count, %entry ], [ %n.next, %one ]
  %end = icmp sle i64 %n, 0
  br i1 %end, label %done, label %one
one:
  %fp = inttoptr i64 %f to i8*
  %tp = inttoptr i64 %t to i8*
  %byte = load i8, i8* %fp
  store i8 %byte, i8* %tp
  %t.next = add i64 %t, %step
  %f.next = add i64 %f, %step
  %n.next = sub i64 %n, 1
  br label %again
done:
  ret void
}

define internal void @coil.fill(i64 %to, i64 %value, i64 %count) #0 {
entry:
  %byte = trunc i64 %value to i8
  br label %again
again:
  %t = phi i64 [ %to, %entry ], [ %t.next, %one ]
  %n = phi i64 [ %count, %entry ], [ %n.next, %one ]
  %end = icmp sle i64 %n, 0
  br i1 %end, label %done, label %one
one:
  %tp = inttoptr i64 %t to i8*
  store i8 %byte, i8* %tp
  %t.next = add i64 %t, 1
  %n.next = sub i64 %n, 1
  br label %again
done:
  ret void
}

define internal i64 @coil.compare(i64 %a, i64 %b, i64 %count) #0 {
entry:
  br label %again
again:
  %x = phi i64 [ %a, %entry ], [ %x.next, %same ]
  %y = phi i64 [ %b, %entry ], [ %y.next, %same ]
  %n = phi i64 [ %count, %entry ], [ %n.next, %same ]
  %end = icmp sle i64 %n, 0
  br i1 %end, label %equal, label %one
one:
  %xp = inttoptr i64 %x to i8*
  %yp = inttoptr i64 %y to i8*
  %xb = load i8, i8* %xp
  %yb = load i8, i8* %yp
  %differ = icmp ne i8 %xb, %yb
  br i1 %differ, label %different, label %same
same:
  %x.next = add i64 %x, 1
  %y.next = add i64 %y, 1
  %n.next = sub i64 %n, 1
  br label %again
different:
  %less = icmp ult i8 %xb, %yb
  %sign = select i1 %less, i64 -1, i64 1
  ret i64 %sign
equal:
  ret i64 0
}

define internal i64 @coil.syscall(i64 %number, i64 %a, i64 %b, i64 %c) #0 {
  switch i64 %number, label %other [ i64 1, label %write
                                     i64 60, label %exit ]
write:
  %written = call i64 @coil.trap(i64 {stdout}, i64 %b, i64 %c, i64 0)
  ret i64 %written
exit:
  %ended = call i64 @coil.trap(i64 {exit}, i64 %a, i64 0, i64 0)
  ret i64 %ended
other:
  ret i64 -38
}

declare void @llvm.trap()
declare double @llvm.sqrt.f64(double)
declare float @llvm.sqrt.f32(float)
)";

/// How a program asks CalamOS: call number, three arguments.
inline constexpr const char* kTrapX86 = R"(
define internal i64 @coil.trap(i64 %n, i64 %a, i64 %b, i64 %c) #0 {
  %out = call i64 asm sideeffect "int $$0x80", "={rax},{rax},{rcx},{rdx},{rdi},~{memory},~{dirflag},~{fpsr},~{flags}"(i64 %n, i64 %a, i64 %b, i64 %c)
  ret i64 %out
}
)";
inline constexpr const char* kTrapArm64 = R"(
define internal i64 @coil.trap(i64 %n, i64 %a, i64 %b, i64 %c) #0 {
  %out = call i64 asm sideeffect "svc #0", "={x0},{x8},{x0},{x1},{x2},~{memory}"(i64 %n, i64 %a, i64 %b, i64 %c)
  ret i64 %out
}
)";

}  // namespace cmos::casm::native
