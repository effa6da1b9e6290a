/** Fragments that a tokenizer trips over, alone and one behind the other. */
export const FRAGMENTS: readonly string[] = (
  "<|</|>|/|/>|=|\"|'|!|?|-|--|-->|--!>|<!|<!-|<!--|<!-->|<!--->|<!---->|<!--->|--!|]|]]|]]>|<![|<![CDATA[|" +
  "<!doctype html>|<!DOCTYPE \"a>b\">|<!doctype|<?|<?xml version='1'?>|?>|</3>|</ a>|</>|<!x>|<3|a<b|" +
  "&|&a|&am|&amp|&amp;|&notit;|&not|&#|&#x|&#65;|&#x41|&#0;|&CounterClockwiseContourIntegral;|&lt;p&gt;|&copy=|" +
  "<p|<p>|<P >|<p/>|<p / >|<p/a>|</p|</p>|</P >|</p a='>'>|</p/>|<br/>|<a b|<a b=|<a b=c|<a b=c/>|<a b = c>|" +
  "<a b='|<a b=\"|<a b=\">\">|<a b='<i>'c>|<a b=\"c\"d='e'/>|<a =b>|<a ==c>|<a b='c'=d>|<a \"x>\">|<a b'c>|" +
  '<a b="&amp;&amp=&notit;" B=2 b=3>|<a b=&gt;>|<a b=c\'d"e<f=g`h>|<x-y>|</x-y>|<a\0b c\0=\0>|<\u00e9>|<p\u00e9>|' +
  "<script>|</script>|</script |</SCRIPT/|<script|<script/>|</scriptx>|</scrip|<SCRIPT >|<style>|</style>|" +
  "<xmp>|</xmp>|<iframe>|</iframe>|<noembed>|</noembed>|<noframes>|</noframes>|<noscript>|</noscript>|" +
  "<title>|</title>|</TITLE\n>|<textarea>|</textarea>|<plaintext>|<template>|<svg>|</svg>|<math>|</math>|<svg/>|" +
  "x|text| |\n|\r|\r\n|\t|\f|\0|\u00a0|\u{1f600}|\u4e2d|0|;|#|a|s|script"
).split("|");
