# The library's helpers for x86 that files of this folder replace.
set(x86_wrapped
    # x86_integers.cc
    phaddw_mmx phaddd_mmx phaddsw_mmx phsubw_mmx phsubd_mmx phsubsw_mmx
    phaddw_xmm phaddd_xmm phaddsw_xmm phsubw_xmm phsubd_xmm phsubsw_xmm
    # x86_strings.cc
    pcmpestri_xmm pcmpestrm_xmm pcmpistri_xmm pcmpistrm_xmm)
