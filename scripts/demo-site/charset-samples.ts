export interface Sample {
  readonly lang: string;
  readonly direction?: "rtl";
  readonly title: string;
  readonly paragraphs: readonly string[];
}

const arabic: Sample = {
  lang: "ar",
  direction: "rtl",
  title: "الفانوس والمنارة",
  paragraphs: [
    "يحوّل لانترن مجلدا من النصوص إلى موقع سريع.",
    "إذا تغير سطر واحد، تبنى صفحة واحدة من جديد.",
  ],
};
const chinese: Sample = {
  lang: "zh-Hans",
  title: "灯笼与灯塔",
  paragraphs: ["灯笼把一个文本文件夹变成一个快速的网站。", "只改一行，就只重建一页。"],
};
const french: Sample = {
  lang: "fr",
  title: "La lanterne et le phare",
  paragraphs: [
    "Lantern transforme un dossier de textes en un site rapide.",
    "Quand une ligne change, une seule page est refaite. Un œuf, un cœur, où êtes-vous, à Noël, ça coûte trois sous.",
  ],
};
const german: Sample = {
  lang: "de",
  title: "Laterne und Leuchtturm",
  paragraphs: [
    "Lantern macht aus einem Ordner voller Texte eine schnelle Website.",
    "„Ändert sich eine Zeile, so wird nur eine Seite neu gebaut“ – das spart Zeit für größere Übungen.",
  ],
};
const greek: Sample = {
  lang: "el",
  title: "Το φανάρι και ο φάρος",
  paragraphs: [
    "Το Lantern μετατρέπει έναν φάκελο κειμένων σε γρήγορο ιστότοπο.",
    "Όταν αλλάξει μία γραμμή, χτίζεται ξανά μία μόνο σελίδα.",
  ],
};
const hebrew: Sample = {
  lang: "he",
  direction: "rtl",
  title: "פנס ומגדלור",
  paragraphs: ["לנטרן הופך תיקייה של טקסטים לאתר מהיר.", "כששורה אחת משתנה, רק דף אחד נבנה מחדש."],
};
const japanese: Sample = {
  lang: "ja",
  title: "ランタンと灯台",
  // In Shift_JIS the second byte of several of these is 0x5C, a backslash in ASCII.
  paragraphs: [
    "ランタンは文章のフォルダーを速いサイトに変えます。",
    "一行を直せば、作り直されるのは一ページだけです。ソースの表示、能力、予定、十分。",
  ],
};
const korean: Sample = {
  lang: "ko",
  title: "등불과 등대",
  paragraphs: [
    "랜턴은 글이 담긴 폴더를 빠른 사이트로 바꿉니다.",
    "한 줄을 고치면 한 쪽만 다시 만들어집니다.",
  ],
};
const lithuanian: Sample = {
  lang: "lt",
  title: "Žibintas ir švyturys",
  paragraphs: [
    "Lantern paverčia tekstų aplanką greita svetaine.",
    "Kai pasikeičia viena eilutė, iš naujo sukuriamas tik vienas puslapis. Ąžuolas, ėriukas, įlanka, ūkis, česnakas.",
  ],
};
const russian: Sample = {
  lang: "ru",
  title: "Фонарь и маяк",
  paragraphs: [
    "Лантерн превращает папку с текстами в быстрый сайт.",
    "Если изменилась одна строка, перестраивается одна страница. Ещё объём, подъезд, щётка.",
  ],
};
const world: Sample = {
  lang: "en",
  title: "Lanterns of the world",
  paragraphs: ["灯台 · маяк · φάρος · منارة · đèn biển · 등대", "A flame 🔥 takes two code units."],
};

/** A text for each label; the labels are those of the legacy encodings, and three names of old for some of them. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  ibm866: russian,
  "iso-8859-1": german,
  "iso-8859-2": {
    lang: "pl",
    title: "Latarnia i wieża",
    paragraphs: [
      "Lantern zamienia folder z tekstami w szybką stronę.",
      "Gdy zmieni się jeden wiersz, powstaje na nowo tylko jedna strona. Zażółć gęślą jaźń.",
    ],
  },
  "iso-8859-3": {
    lang: "eo",
    title: "Lanterno kaj lumturo",
    paragraphs: [
      "Lantern faras el dosierujo da tekstoj rapidan retejon.",
      "Kiam unu linio ŝanĝiĝas, nur unu paĝo konstruiĝas denove. Eĥoŝanĝo ĉiuĵaŭde.",
    ],
  },
  "iso-8859-4": {
    lang: "lv",
    title: "Laterna un bāka",
    paragraphs: [
      "Lantern pārvērš tekstu mapi ātrā vietnē.",
      "Ja mainās viena rinda, tiek pārbūvēta tikai viena lapa. Ķirši, ģērbtuve, šūpoles, ņemt, ļoti, žēl.",
    ],
  },
  "iso-8859-5": russian,
  "iso-8859-6": arabic,
  "iso-8859-7": greek,
  "iso-8859-8": hebrew,
  "iso-8859-8-i": hebrew,
  "iso-8859-10": {
    lang: "is",
    title: "Lukt og viti",
    paragraphs: [
      "Lantern breytir möppu af textum í hraðan vef.",
      "Þegar ein lína breytist er aðeins ein síða byggð aftur. Það er gott að ég á æðardún.",
    ],
  },
  "iso-8859-13": lithuanian,
  "iso-8859-14": {
    lang: "cy",
    title: "Llusern a goleudy",
    paragraphs: [
      "Mae Lantern yn troi ffolder o destunau yn wefan gyflym.",
      "Pan fydd un llinell yn newid, dim ond un dudalen a gaiff ei hailadeiladu. Ŵyn, tŷ, dŵr, llên.",
    ],
  },
  "iso-8859-15": french,
  "iso-8859-16": {
    lang: "ro",
    title: "Felinarul și farul",
    paragraphs: [
      "Lantern transformă un dosar de texte într-un site rapid.",
      "Când se schimbă un rând, se reface o singură pagină. Țară, școală, împărat.",
    ],
  },
  "koi8-r": russian,
  "koi8-u": {
    lang: "uk",
    title: "Ліхтар і маяк",
    paragraphs: [
      "Лантерн перетворює теку з текстами на швидкий сайт.",
      "Якщо змінився один рядок, перебудовується одна сторінка. Ґанок, їжак, єнот.",
    ],
  },
  macintosh: french,
  "windows-874": {
    lang: "th",
    title: "โคมไฟและประภาคาร",
    paragraphs: [
      "แลนเทิร์นเปลี่ยนโฟลเดอร์ข้อความให้เป็นเว็บไซต์ที่รวดเร็ว",
      "เมื่อบรรทัดหนึ่งเปลี่ยน จะสร้างใหม่เพียงหน้าเดียว",
    ],
  },
  "windows-1250": {
    lang: "cs",
    title: "Lucerna a maják",
    paragraphs: [
      "Lantern promění složku textů v rychlý web.",
      "Když se změní jeden řádek, znovu se sestaví jediná stránka. Příliš žluťoučký kůň úpěl ďábelské ódy.",
    ],
  },
  "windows-1251": russian,
  "windows-1252": german,
  "windows-1253": greek,
  "windows-1254": {
    lang: "tr",
    title: "Fener ve deniz feneri",
    paragraphs: [
      "Lantern, metin dolu bir klasörü hızlı bir siteye dönüştürür.",
      "Bir satır değişince yalnızca bir sayfa yeniden kurulur. Işık, iğne, şöyle, çünkü, ağaç, İstanbul.",
    ],
  },
  "windows-1255": hebrew,
  "windows-1256": arabic,
  "windows-1257": lithuanian,
  "windows-1258": {
    lang: "vi",
    title: "Đèn lồng và hải đăng",
    paragraphs: [
      "Lantern biến một thư mục văn bản thành một trang web nhanh.",
      "Khi một dòng thay đổi, chỉ một trang được dựng lại.",
    ],
  },
  "x-mac-cyrillic": russian,
  gbk: chinese,
  gb2312: chinese,
  gb18030: { ...chinese, paragraphs: [...chinese.paragraphs, "四个字节：𠮷。"] },
  big5: {
    lang: "zh-Hant",
    title: "燈籠與燈塔",
    // The second byte of the last three is 0x5C as well.
    paragraphs: ["燈籠把一個文字資料夾變成快速的網站。", "只改一行，就只重建一頁。許功蓋。"],
  },
  "euc-jp": japanese,
  "iso-2022-jp": japanese,
  shift_jis: japanese,
  "x-sjis": japanese,
  "euc-kr": korean,
  "utf-16be": world,
  "utf-16le": world,
};
