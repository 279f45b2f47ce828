# The library's helpers for x86 that the files x86_*.cc and x87.cc of this folder replace.
set(x86_wrapped
    # x86_sse.cc
    haddps haddpd hsubps hsubpd addsubps addsubpd rcpps rcpss rsqrtps rsqrtss
    cvtps2pd cvtpd2ps cvtss2sd cvtsd2ss cvtdq2ps cvtdq2pd cvtps2dq cvttps2dq cvtpd2dq cvttpd2dq
    comiss comisd ucomiss ucomisd
    cvtss2si cvtsd2si cvttss2si cvttsd2si cvtss2sq cvtsd2sq cvttss2sq cvttsd2sq
    cvtsi2ss cvtsi2sd cvtsq2ss cvtsq2sd cvtps2pi cvttps2pi cvtpd2pi cvttpd2pi cvtpi2ps cvtpi2pd
    roundps_xmm roundpd_xmm roundss_xmm roundsd_xmm dpps_xmm dppd_xmm
    ldmxcsr clgi
    # x86_translation.cc; what it calls
    vmload vmsave invlpga
    # x87.cc
    flds_FT0 fldl_FT0 fildl_FT0 fmov_FT0_STN flds_ST0 fldl_ST0 fildl_ST0 fildll_ST0 fldt_ST0 fbld_ST0
    fsts_ST0 fstl_ST0 fist_ST0 fistl_ST0 fistll_ST0 fistt_ST0 fisttl_ST0 fisttll_ST0 fstt_ST0 fbst_ST0
    fadd_ST0_FT0 fsub_ST0_FT0 fsubr_ST0_FT0 fmul_ST0_FT0 fdiv_ST0_FT0 fdivr_ST0_FT0 fcom_ST0_FT0
    fmov_ST0_STN fcomi_ST0_FT0 fucomi_ST0_FT0
    fnstsw fldcw fclex fninit fwait fstenv fldenv fsave frstor fxsave fxrstor enter_mmx emms
    # x86_integers.cc
    phaddw_mmx phaddd_mmx phaddsw_mmx phsubw_mmx phsubd_mmx phsubsw_mmx
    phaddw_xmm phaddd_xmm phaddsw_xmm phsubw_xmm phsubd_xmm phsubsw_xmm
    # x86_strings.cc
    pcmpestri_xmm pcmpestrm_xmm pcmpistri_xmm pcmpistrm_xmm)
foreach(format ss sd ps pd)
  foreach(operation add sub mul div min max sqrt cmpeq cmplt cmple cmpunord cmpneq cmpnlt cmpnle cmpord)
    list(APPEND x86_wrapped ${operation}${format})
  endforeach()
endforeach()
