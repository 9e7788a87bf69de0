export interface InstallTexts {
  title: string;
  why: string[];
  check: string;
  download: string;
  certificate: string;
  profile: string;
  next: string;
  systems: { name: string; steps: string[] }[];
  limits: string;
  other: string;
}

/** The page that a phone opens first; `{origin}` and `{name}` are put in. */
export const INSTALL_TEXTS: Readonly<Record<"en" | "de", InstallTexts>> = {
  en: {
    title: "Let this device trust your Homeport",
    why: [
      "A browser keeps storage, keys, notifications and the camera from pages that do not come over HTTPS. Your Homeport has a certificate authority of its own for that. This device has to trust it once.",
      "This authority can speak for the names and private addresses of your home alone; the certificate itself says so, and this device refuses anything else.",
    ],
    check: "Compare this fingerprint with the one that `homeport web show` prints, or that the settings of Homeport show on your home PC:",
    download: "Download",
    certificate: "Certificate (Android, Windows, macOS, Linux)",
    profile: "Profile (iPhone, iPad)",
    next: "Then open",
    systems: [
      {
        name: "Android",
        steps: [
          "Download the certificate.",
          "Settings → Security and privacy → More security settings → Install from device storage → CA certificate → Install anyway. On some phones: Settings → search for “CA certificate”.",
          "Choose the downloaded file {name}. Android will say from now on that the network may be monitored: that is about this certificate.",
          "Open the address below in Chrome. Firefox for Android takes it only after Settings → About Firefox → tap the logo five times → Secret settings → Use third party CA certificates.",
        ],
      },
      {
        name: "iPhone, iPad",
        steps: [
          "Open this page in Safari, download the profile and allow it.",
          "Settings → General → VPN & Device Management → Homeport → Install.",
          "Settings → General → About → Certificate Trust Settings → switch Homeport on. Without this step nothing changes.",
          "Open the address below in Safari, and from there Share → Add to Home Screen.",
        ],
      },
      {
        name: "Windows",
        steps: [
          "Download the certificate and open it.",
          "Install Certificate → Current User → Place all certificates in the following store → Trusted Root Certification Authorities.",
          "Restart Chrome or Edge. Firefox: Settings → Privacy & Security → Certificates → allow it to use the system's authorities.",
        ],
      },
      {
        name: "macOS",
        steps: [
          "Download the certificate and open it: it goes into the keychain “login”.",
          "Double-click it there → Trust → When using this certificate: Always Trust.",
        ],
      },
      {
        name: "Linux",
        steps: [
          "Firefox: Settings → Privacy & Security → View Certificates → Authorities → Import.",
          "Chrome, Chromium: chrome://settings/certificates → Installed by you, or `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n Homeport -i {name}`.",
        ],
      },
    ],
    limits: "Away from home this address answers only where your home can be reached.",
    other: "Deutsch",
  },
  de: {
    title: "Dieses Gerät soll Ihrem Homeport vertrauen",
    why: [
      "Browser geben Speicher, Schlüssel, Benachrichtigungen und Kamera nur Seiten, die über HTTPS kommen. Dafür hat Ihr Homeport eine eigene Zertifizierungsstelle. Dieses Gerät muss ihr einmal vertrauen.",
      "Diese Stelle kann nur für die Namen und privaten Adressen Ihres Zuhauses sprechen; das steht im Zertifikat selbst, und dieses Gerät weist alles andere zurück.",
    ],
    check:
      "Vergleichen Sie diesen Fingerabdruck mit dem, den `homeport web show` ausgibt oder den die Einstellungen von Homeport auf Ihrem PC zu Hause zeigen:",
    download: "Herunterladen",
    certificate: "Zertifikat (Android, Windows, macOS, Linux)",
    profile: "Profil (iPhone, iPad)",
    next: "Danach öffnen",
    systems: [
      {
        name: "Android",
        steps: [
          "Laden Sie das Zertifikat herunter.",
          "Einstellungen → Sicherheit und Datenschutz → Weitere Sicherheitseinstellungen → Aus Gerätespeicher installieren → CA-Zertifikat → Trotzdem installieren. Auf manchen Telefonen: Einstellungen → nach „CA-Zertifikat“ suchen.",
          "Wählen Sie die heruntergeladene Datei {name}. Android sagt von nun an, das Netzwerk werde vielleicht überwacht: Damit ist dieses Zertifikat gemeint.",
          "Öffnen Sie die Adresse unten in Chrome. Firefox für Android nimmt es erst nach Einstellungen → Über Firefox → fünfmal auf das Logo tippen → Geheime Einstellungen → CA-Zertifikate Dritter verwenden.",
        ],
      },
      {
        name: "iPhone, iPad",
        steps: [
          "Öffnen Sie diese Seite in Safari, laden Sie das Profil und erlauben Sie es.",
          "Einstellungen → Allgemein → VPN und Geräteverwaltung → Homeport → Installieren.",
          "Einstellungen → Allgemein → Info → Zertifikatsvertrauenseinstellungen → Homeport einschalten. Ohne diesen Schritt ändert sich nichts.",
          "Öffnen Sie die Adresse unten in Safari und von dort Teilen → Zum Home-Bildschirm.",
        ],
      },
      {
        name: "Windows",
        steps: [
          "Laden Sie das Zertifikat herunter und öffnen Sie es.",
          "Zertifikat installieren → Aktueller Benutzer → Alle Zertifikate in folgendem Speicher speichern → Vertrauenswürdige Stammzertifizierungsstellen.",
          "Starten Sie Chrome oder Edge neu. Firefox: Einstellungen → Datenschutz & Sicherheit → Zertifikate → die Stellen des Systems erlauben.",
        ],
      },
      {
        name: "macOS",
        steps: [
          "Laden Sie das Zertifikat herunter und öffnen Sie es: Es kommt in den Schlüsselbund „Anmeldung“.",
          "Dort doppelt anklicken → Vertrauen → Bei Verwendung dieses Zertifikats: Immer vertrauen.",
        ],
      },
      {
        name: "Linux",
        steps: [
          "Firefox: Einstellungen → Datenschutz & Sicherheit → Zertifikate anzeigen → Zertifizierungsstellen → Importieren.",
          "Chrome, Chromium: chrome://settings/certificates → Von Ihnen installiert, oder `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n Homeport -i {name}`.",
        ],
      },
    ],
    limits: "Unterwegs antwortet diese Adresse nur dort, wo Ihr Zuhause erreichbar ist.",
    other: "English",
  },
};
